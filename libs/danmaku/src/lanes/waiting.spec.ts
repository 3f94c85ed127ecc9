import type { CommentPriority, DanmakuComment } from '../comment';
import { addAll, FRAME_MS, newScreen, texts } from './screen-fixture';
import { LONGEST_LINE } from './waiting-line';

const ONE_LANE = { width: 1280, height: 40 };

function comments(count: number, priority: CommentPriority, width = 300): DanmakuComment[] {
  return Array.from({ length: count }, (_, i) => ({
    text: `w${width.toString()} ${priority} ${i.toString()}`,
    priority,
  }));
}

/** The order in which comments come onto a screen of one lane that `blocker` has just entered. */
function order(list: readonly DanmakuComment[], frames = 600): string[] {
  const screen = newScreen();
  screen.resize(ONE_LANE);
  addAll(screen, [{ text: 'w20 blocker' }]);
  screen.advance(0);
  addAll(screen, list);
  const seen: string[] = [];
  for (let i = 0; i < frames; i += 1) {
    screen.advance(FRAME_MS);
    for (const text of texts(screen)) if (!seen.includes(text)) seen.push(text);
  }
  return seen.slice(1);
}

describe('the waiting line', () => {
  it('serves own, paid and moderators before mentions and members, those before the rest', () => {
    const names = order(
      [
        { text: 'w20 normal', priority: 'normal' },
        { text: 'w20 member', priority: 'member' },
        { text: 'w20 mention', priority: 'mention' },
        { text: 'w20 moderator', priority: 'moderator' },
        { text: 'w20 paid', priority: 'paid' },
        { text: 'w20 own', priority: 'own' },
      ],
      200,
    );
    expect(names.slice(0, 3)).toEqual(['w20 own', 'w20 moderator', 'w20 paid']);
    expect(names).not.toContain('w20 normal');
  });

  it('serves mentions and members in their order, before newer ones of no priority', () => {
    const names = order([
      { text: 'w20 member', priority: 'member' },
      { text: 'w20 mention', priority: 'mention' },
      { text: 'w20 normal' },
    ]);
    expect(names).toEqual(['w20 member', 'w20 mention', 'w20 normal'].slice(0, names.length));
    expect(names.length).toBeGreaterThan(1);
  });

  it('serves the newest of the last class first', () => {
    const names = order([{ text: 'w20 old' }, { text: 'w20 new' }]);
    expect(names).toEqual(['w20 new', 'w20 old']);
  });

  it('gives a comment up after 1.5 s, and not before', () => {
    const screen = newScreen();
    screen.resize(ONE_LANE);
    addAll(screen, [{ text: 'w1000 blocker' }]);
    screen.advance(0);
    addAll(screen, [{ text: 'w20 late' }]);
    screen.advance(1499);
    expect(screen.stats()).toMatchObject({ waiting: 1, dropped: 0 });
    screen.advance(2);
    expect(screen.stats()).toMatchObject({ waiting: 0, dropped: 1 });
    expect(texts(screen)).toEqual(['w1000 blocker']);
  });

  it('never gives an own comment up', () => {
    const screen = newScreen();
    screen.resize(ONE_LANE);
    addAll(screen, [{ text: 'w1000 blocker' }]);
    screen.advance(0);
    addAll(screen, [{ text: 'w20 mine', priority: 'own' }, ...comments(200, 'paid')]);
    expect(order([{ text: 'w900 big' }, { text: 'w20 mine', priority: 'own' }])).toContain(
      'w20 mine',
    );
    for (let i = 0; i < 600; i += 1) screen.advance(FRAME_MS);
    expect(screen.stats().drawn).toBeGreaterThanOrEqual(2);
    expect(texts(screen)).toContain('w20 mine');
  });

  it('holds at most 60 and gives up the oldest of the least important', () => {
    const screen = newScreen();
    screen.resize({ width: 0, height: 0 });
    addAll(screen, [...comments(40, 'normal'), ...comments(30, 'paid')]);
    expect(screen.stats()).toMatchObject({ waiting: LONGEST_LINE, dropped: 10 });
    addAll(screen, comments(500, 'member'));
    expect(screen.stats()).toMatchObject({ waiting: LONGEST_LINE, dropped: 510 });
    screen.resize({ width: 100_000, height: 5000 });
    screen.advance(0);
    const counts = texts(screen).map((text) => text.split(' ')[1]);
    expect(counts.filter((name) => name === 'paid')).toHaveLength(30);
    expect(counts.filter((name) => name === 'normal')).toHaveLength(0);
    expect(texts(screen)).toContain('w300 member 499');
  });

  it('keeps room for a two-lane comment of priority, however many small ones press in', () => {
    const screen = newScreen();
    let seen = -1;
    for (let i = 0; i < 600 && seen < 0; i += 1) {
      if (i === 300) screen.add({ text: 'w300 gift', priority: 'paid', style: { size: 'large' } });
      for (let n = 0; n < 3; n += 1) {
        const width = 60 + ((i * 7 + n * 131) % 400);
        screen.add({ text: `w${width.toString()} ${i.toString()}.${n.toString()}` });
      }
      screen.advance(FRAME_MS);
      if (texts(screen).includes('w300 gift')) seen = i;
    }
    expect(seen).toBeGreaterThanOrEqual(300);
    expect((seen - 300) * FRAME_MS).toBeLessThan(1500);
  });
});
