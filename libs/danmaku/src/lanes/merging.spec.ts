import type { CommentPriority } from '../comment';
import { newScreen, shown } from './screen-fixture';

const repeats = (screen: ReturnType<typeof newScreen>): [string, number][] =>
  shown(screen).map(({ text, bullet }) => [text, bullet.members.length]);

describe('equal comments', () => {
  it('within 3 s of each other are one bullet with a count', () => {
    const screen = newScreen();
    for (let i = 0; i < 5; i += 1) {
      screen.add({ text: i % 2 === 0 ? '666' : ' 666\n' });
      screen.advance(1400);
    }
    expect(repeats(screen)).toEqual([['666', 5]]);
    expect(screen.stats()).toMatchObject({ drawn: 1, merged: 4, dropped: 0 });
  });

  it('after more than 3 s are two bullets', () => {
    const screen = newScreen();
    screen.add({ text: '666' });
    screen.advance(0);
    screen.advance(3001);
    screen.add({ text: '666' });
    screen.advance(0);
    expect(repeats(screen)).toEqual([
      ['666', 1],
      ['666', 1],
    ]);
  });

  it('are not merged into a bullet about to leave', () => {
    const screen = newScreen();
    for (let i = 0; i < 8; i += 1) {
      screen.add({ text: '666' });
      screen.advance(0);
      screen.advance(1010);
    }
    expect(screen.stats().drawn).toBe(2);
  });

  it.each<[CommentPriority, number]>([
    ['own', 2],
    ['paid', 2],
    ['moderator', 2],
    ['normal', 1],
  ])('of priority %s after a normal one make %i bullets', (priority, bullets) => {
    const screen = newScreen();
    screen.add({ text: '666' });
    screen.add({ text: '666', priority });
    screen.advance(0);
    expect(repeats(screen)).toHaveLength(bullets);
  });

  it('of another mode stay apart', () => {
    const screen = newScreen();
    screen.add({ text: '666' });
    screen.add({ text: '666', mode: 'top' });
    screen.advance(0);
    expect(repeats(screen)).toHaveLength(2);
  });

  it('count once more or less when one of them is withdrawn, and go with the last', () => {
    const screen = newScreen();
    for (const id of ['a', 'b', 'c']) screen.add({ id, text: '666' });
    screen.advance(0);
    screen.remove(new Set(['a']));
    expect(repeats(screen)).toEqual([['666', 2]]);
    expect(shown(screen)[0]?.bullet.members[0]?.id).toBe('b');
    screen.remove(new Set(['b', 'c']));
    expect(repeats(screen)).toEqual([]);
    screen.add({ id: 'd', text: '666' });
    screen.advance(0);
    expect(repeats(screen)).toEqual([['666', 1]]);
  });

  it('are remembered no longer than they are on screen', () => {
    const screen = newScreen();
    for (let i = 0; i < 5000; i += 1) {
      screen.add({ text: `w10 ${i.toString()}` });
      screen.advance(20);
    }
    screen.advance(60_000);
    screen.add({ text: 'w10 4999' });
    screen.advance(0);
    expect(repeats(screen)).toEqual([['w10 4999', 1]]);
  });
});
