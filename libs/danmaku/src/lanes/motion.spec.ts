import { GLIDE_MS } from './bullet';
import { addAll, newScreen, settings, shown, texts } from './screen-fixture';

const leftOf = (screen: ReturnType<typeof newScreen>): number => shown(screen)[0]?.left ?? NaN;

describe('positions follow from time', () => {
  it('a comment enters at the right edge and has left after its crossing', () => {
    const screen = newScreen();
    screen.add({ text: 'w200 a' });
    screen.advance(0);
    expect(leftOf(screen)).toBe(1280);
    screen.advance(screen.crossingMs - 1);
    expect(texts(screen)).toEqual(['w200 a']);
    screen.advance(2);
    expect(texts(screen)).toEqual([]);
  });

  it('one large step comes to the same place as many small ones', () => {
    const [one, many] = [newScreen(), newScreen()];
    for (const screen of [one, many]) {
      screen.add({ text: 'w200 a' });
      screen.advance(0);
    }
    one.advance(2000);
    for (let i = 0; i < 2000; i += 1) many.advance(1);
    expect(leftOf(many)).toBeCloseTo(leftOf(one), 6);
  });

  it('no time passed, nothing moved: a pause', () => {
    const screen = newScreen();
    screen.add({ text: 'a' });
    screen.advance(0);
    screen.advance(1000);
    const before = leftOf(screen);
    for (let i = 0; i < 100; i += 1) screen.advance(0);
    expect(leftOf(screen)).toBe(before);
  });

  it('another speed goes on from where it is', () => {
    const screen = newScreen();
    screen.add({ text: 'a' });
    screen.advance(0);
    screen.advance(1000);
    const atOne = leftOf(screen);
    const perSecond = 1280 - atOne;
    screen.configure(settings({ speed: 2 }));
    expect(leftOf(screen)).toBe(atOne);
    screen.advance(1000);
    expect(leftOf(screen)).toBeCloseTo(atOne - 2 * perSecond, 6);
  });

  it('a resize keeps each comment at the same part of its way', () => {
    const screen = newScreen();
    screen.add({ text: 'w100 a' });
    screen.advance(0);
    screen.advance(screen.crossingMs / 2);
    screen.resize({ width: 640, height: 720 });
    const [only] = shown(screen);
    expect(((only?.left ?? 0) + (only?.bullet.laneWidth ?? 0) / 2) / 640).toBeCloseTo(0.5, 2);
  });
});

describe('standing comments', () => {
  it('are centred, from the top and from the bottom, and leave after 4 s', () => {
    const screen = newScreen();
    addAll(screen, [
      { text: 'a', mode: 'top', priority: 'member' },
      { text: 'b', mode: 'top', priority: 'member' },
      { text: 'c', mode: 'bottom' },
    ]);
    screen.advance(0);
    const [a, b, c] = shown(screen);
    expect([a?.top, b?.top]).toEqual([0, a?.bullet.height]);
    expect((c?.top ?? 0) + (c?.bullet.height ?? 0)).toBeGreaterThan(680);
    expect((a?.left ?? 0) + (a?.bullet.width ?? 0) / 2).toBe(640);
    screen.advance(3999);
    expect(texts(screen)).toHaveLength(3);
    screen.advance(1);
    expect(texts(screen)).toEqual([]);
  });

  it('a full side waits, the other has room; an own comment takes the oldest ordinary one’s place', () => {
    const screen = newScreen();
    for (let i = 0; i < 30; i += 1) screen.add({ text: `top ${i.toString()}`, mode: 'top' });
    screen.advance(10);
    const before = texts(screen);
    expect(before.length).toBeLessThan(30);
    addAll(screen, [
      { text: 'bottom', mode: 'bottom' },
      { text: 'mine', mode: 'top', priority: 'own' },
    ]);
    screen.advance(0);
    expect(texts(screen)).toEqual(expect.arrayContaining(['bottom', 'mine']));
    expect(texts(screen)).not.toContain(before[0]);
  });

  it('moving ones do not pass behind them while there are other lanes', () => {
    const screen = newScreen();
    screen.add({ text: 'title', mode: 'top' });
    screen.advance(0);
    for (let i = 0; i < 100; i += 1) {
      screen.add({ text: `w200 ${i.toString()}` });
      screen.advance(30);
    }
    expect(shown(screen).filter(({ top }) => top === 0)).toHaveLength(1);
  });

  it('with reduced motion every comment stands in a lane of its own, and nothing needs a frame meanwhile', () => {
    const screen = newScreen();
    screen.add({ text: 'before' });
    screen.advance(0);
    screen.advance(500);
    screen.configure(settings({ reducedMotion: true }));
    for (let i = 0; i < 10; i += 1) screen.add({ text: `w200 ${i.toString()}` });
    screen.advance(0);
    const places = shown(screen).map(({ left, top }) => [left, top]);
    expect(new Set(places.map(([, top]) => top)).size).toBe(11);
    screen.advance(1000);
    expect(shown(screen).map(({ left, top }) => [left, top])).toEqual(places);
    expect(screen.quietMs()).toBeGreaterThan(1000);
    screen.advance(3000);
    expect(texts(screen)).toEqual([]);
    expect(screen.quietMs()).toBe(Infinity);
  });
});

describe('pointing', () => {
  const hitMiddle = (screen: ReturnType<typeof newScreen>) => {
    const [first] = shown(screen);
    return screen.hit((first?.left ?? 0) + 10, (first?.top ?? 0) + 10);
  };

  it('finds the comment under the point and nothing beside it', () => {
    const screen = newScreen();
    screen.add({ text: 'w200 a' });
    screen.advance(0);
    screen.advance(3000);
    const [a] = shown(screen);
    expect(hitMiddle(screen)?.text).toBe('w200 a');
    expect(screen.hit((a?.left ?? 0) - 1, 10)).toBeNull();
    expect(screen.hit((a?.left ?? 0) + (a?.bullet.width ?? 0) + 1, 10)).toBeNull();
    expect(screen.hit((a?.left ?? 0) + 10, (a?.bullet.height ?? 0) + 1)).toBeNull();
  });

  it('a frozen comment stays, is drawn last and found first while others pass', () => {
    const screen = newScreen();
    screen.resize({ width: 1280, height: 40 });
    screen.add({ text: 'w200 held' });
    screen.advance(0);
    screen.advance(3000);
    const held = hitMiddle(screen);
    if (held === null) throw new Error('nothing under the pointer');
    screen.freeze(held);
    const { x } = screen.boxOf(held);
    for (let i = 0; i < 300; i += 1) {
      screen.add({ text: `w200 ${i.toString()}` });
      screen.advance(50);
      expect(screen.boxOf(held).x).toBe(x);
      expect(texts(screen).at(-1)).toBe('w200 held');
      expect(screen.hit(x + 5, 5)?.text).toBe('w200 held');
    }
    expect(screen.stats().overlapping).toBe(0);
    screen.release(held);
    screen.advance(GLIDE_MS);
    expect(texts(screen)).not.toContain('w200 held');
  });

  it('a released comment is back in its own place after the glide', () => {
    const [screen, other] = [newScreen(), newScreen()];
    for (const each of [screen, other]) {
      each.add({ text: 'w200 a' });
      each.advance(0);
      each.advance(1000);
    }
    const held = hitMiddle(screen);
    if (held === null) throw new Error('nothing under the pointer');
    screen.freeze(held);
    screen.advance(800);
    screen.release(held);
    const lefts: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      screen.advance(GLIDE_MS / 10);
      lefts.push(leftOf(screen));
    }
    expect(lefts).toEqual([...lefts].sort((a, b) => b - a));
    other.advance(800 + GLIDE_MS);
    expect(leftOf(screen)).toBeCloseTo(leftOf(other), 6);
  });

  it('a withdrawn comment is gone even while it is frozen', () => {
    const screen = newScreen();
    screen.add({ id: 'x', text: 'a' });
    screen.advance(0);
    screen.advance(2000);
    const held = hitMiddle(screen);
    if (held === null) throw new Error('nothing under the pointer');
    screen.freeze(held);
    screen.remove(new Set(['x']));
    expect(texts(screen)).toEqual([]);
    expect(screen.find(held.key)).toBeNull();
  });
});
