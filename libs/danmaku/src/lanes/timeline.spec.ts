import type { DanmakuComment } from '../comment';
import { newScreen, shown, texts } from './screen-fixture';
import { Timeline } from './timeline';

const every = (stepSeconds: number, count: number): DanmakuComment[] =>
  Array.from({ length: count }, (_, i) => ({
    text: `w100 ${i.toString()}`,
    time: i * stepSeconds,
  }));

function watched(comments: readonly DanmakuComment[]) {
  const [timeline, screen] = [new Timeline(), newScreen()];
  timeline.load(comments);
  timeline.seek(0);
  timeline.advance(0, screen);
  return { timeline, screen };
}

function play({ timeline, screen }: ReturnType<typeof watched>, seconds: number): void {
  for (let i = 0; i < seconds * 50; i += 1) timeline.advance(20, screen);
}

const places = (screen: ReturnType<typeof newScreen>) =>
  shown(screen).map(({ text, left, top }) => ({ text, left: Math.round(left / 8), top }));

describe('a timeline', () => {
  it('shows each comment when the clock passes its time, in whatever order they were given', () => {
    const both = watched([
      { text: 'third', time: 3 },
      { text: 'first', time: 1 },
      { text: 'second', time: 2 },
    ]);
    play(both, 1.5);
    expect(texts(both.screen)).toEqual(['first']);
    play(both, 1);
    expect(texts(both.screen)).toEqual(['first', 'second']);
    expect(both.timeline.quietMs()).toBeCloseTo(500, 3);
  });

  it('after a seek looks as if it had been watched up to there', () => {
    const [seeker, viewer] = [watched(every(0.5, 100)), watched(every(0.5, 100))];
    play(viewer, 20);
    seeker.timeline.seek(20_000);
    seeker.timeline.advance(0, seeker.screen);
    expect(texts(seeker.screen).length).toBeGreaterThan(10);
    const later = new Map(places(viewer.screen).map((place) => [place.text, place.left]));
    for (const { text, left } of places(seeker.screen)) {
      expect(Math.abs((later.get(text) ?? NaN) - left)).toBeLessThanOrEqual(1);
    }
  });

  it('a seek back shows again what was shown before', () => {
    const both = watched(every(1, 20));
    play(both, 10);
    both.timeline.seek(2500);
    both.timeline.advance(0, both.screen);
    expect(texts(both.screen)).toEqual(['w100 0', 'w100 1', 'w100 2']);
  });

  it('a jump of the media’s clock is a seek, drift is not', () => {
    const both = watched(every(1, 100));
    play(both, 5);
    const drawn = both.screen.stats().drawn;
    both.timeline.follow({ positionMs: 5100, rate: 1, running: true });
    both.timeline.advance(20, both.screen);
    expect(both.screen.stats().drawn).toBe(drawn);
    both.timeline.follow({ positionMs: 50_000, rate: 1, running: true });
    both.timeline.advance(20, both.screen);
    expect(texts(both.screen)).toContain('w100 50');
    expect(texts(both.screen)).not.toContain('w100 5');
  });

  it('stands still while the media does, and goes at its rate', () => {
    const both = watched(every(1, 100));
    play(both, 2);
    both.timeline.follow({ positionMs: 2000, rate: 1, running: false });
    const before = places(both.screen);
    play(both, 3);
    expect(places(both.screen)).toEqual(before);
    expect(both.timeline.quietMs()).toBe(Infinity);
    both.timeline.follow({ positionMs: 2000, rate: 2, running: true });
    play(both, 2);
    expect(texts(both.screen)).toContain('w100 6');
  });

  it('never shows a withdrawn comment, nor one twice', () => {
    const both = watched([{ id: 'x', text: 'gone', time: 2 }, ...every(1, 10)]);
    play(both, 1.5);
    both.timeline.remove(new Set(['x']));
    play(both, 8);
    expect(texts(both.screen)).not.toContain('gone');
    expect(both.screen.stats().drawn).toBe(10);
  });

  it('lets live comments go on by themselves where no comment is timed and the media stands', () => {
    const [timeline, screen] = [new Timeline(), newScreen()];
    timeline.follow({ positionMs: 0, rate: 1, running: false });
    screen.add({ text: 'live' });
    timeline.advance(0, screen);
    timeline.advance(1000, screen);
    expect(shown(screen)[0]?.left).toBeLessThan(1280);
  });
});
