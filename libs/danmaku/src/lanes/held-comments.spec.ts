import type { DanmakuComment } from '../comment';
import { HeldComments, MOST_HELD } from './held-comments';

const names = (comments: readonly DanmakuComment[]): string[] => comments.map(({ text }) => text);

describe('comments of a picture with latency', () => {
  it('are held until the picture has come to them, in the order of their moments', () => {
    const held = new HeldComments();
    const passed = held.add(
      [
        { text: 'b', at: 3000 },
        { text: 'a', at: 2000 },
        { text: 'past', at: 500 },
        { text: 'no time' },
      ],
      1000,
      0,
    );
    expect(names(passed)).toEqual(['past', 'no time']);
    expect(held.due(1999, 10)).toEqual([]);
    expect(names(held.due(2000, 20))).toEqual(['a']);
    expect(names(held.due(3100, 30))).toEqual(['b']);
    expect(held.length).toBe(0);
  });

  it('pass at once when they are one’s own, or the picture’s time is unknown', () => {
    const held = new HeldComments();
    expect(names(held.add([{ text: 'mine', at: 9000, priority: 'own' }], 1000, 0))).toEqual([
      'mine',
    ]);
    expect(names(held.add([{ text: 'a', at: 9000 }], null, 0))).toEqual(['a']);
    held.add([{ text: 'b', at: 9000 }], 1000, 0);
    expect(names(held.due(null, 10))).toEqual(['b']);
  });

  it('are not held for more than a minute, and not shown when they are late', () => {
    const held = new HeldComments();
    held.add([{ text: 'wrong clock', at: 10 ** 9 }], 1000, 0);
    expect(held.due(2000, 59_999)).toEqual([]);
    expect(names(held.due(2000, 60_000))).toEqual(['wrong clock']);
    held.add([{ text: 'late', at: 3000 }], 2000, 0);
    expect(held.due(5000, 100)).toEqual([]);
    expect([held.length, held.dropped]).toEqual([0, 1]);
  });

  it('are bounded, keep those of priority and still cover the whole wait', () => {
    const held = new HeldComments();
    held.add([{ text: 'gift', at: 1500, priority: 'paid' }], 0, 0);
    for (let i = 0; i < 20_000; i += 1) {
      held.add([{ text: i.toString(), at: 1000 + i }], 0, 0);
      if (held.length > MOST_HELD) throw new Error('more are held than the bound');
    }
    const seconds = new Set<number>();
    let gifts = 0;
    for (let at = 0; at <= 21_000; at += 100) {
      for (const { text } of held.due(at, at)) {
        if (text === 'gift') gifts += 1;
        else seconds.add(Math.floor(Number(text) / 1000));
      }
    }
    expect(gifts).toBe(1);
    expect(seconds.size).toBe(20);
  });

  it('are bounded also where all have a priority', () => {
    const held = new HeldComments();
    for (let i = 0; i < 3 * MOST_HELD; i += 1) {
      held.add([{ text: 'm', at: 1000 + i, priority: 'member' }], 0, 0);
    }
    expect(held.length).toBeLessThanOrEqual(MOST_HELD);
  });

  it('are not shown once withdrawn', () => {
    const held = new HeldComments();
    held.add([{ id: 'x', text: 'a', at: 2000 }], 1000, 0);
    held.remove(new Set(['x']));
    expect(held.due(3000, 10)).toEqual([]);
  });
});
