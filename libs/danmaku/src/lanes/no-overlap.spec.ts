import fc from 'fast-check';
import type { CommentMode, CommentPriority, CommentSize } from '../comment';
import type { Density } from '../settings';
import { addAll, FRAME_MS, newScreen, settings, shown, type Shown } from './screen-fixture';
import type { Screen } from './screen';

/** Judged from what would be drawn alone, not from the lanes' own books. */
function covering(boxes: readonly Shown[]): string | null {
  for (const a of boxes) {
    for (const b of boxes) {
      if (a.bullet.key >= b.bullet.key || a.bullet.motion !== b.bullet.motion) continue;
      const apart =
        a.left + a.bullet.width <= b.left + 1e-6 ||
        b.left + b.bullet.width <= a.left + 1e-6 ||
        a.top + a.bullet.height <= b.top ||
        b.top + b.bullet.height <= a.top;
      if (!apart) return `${a.text} covers ${b.text}`;
    }
  }
  return null;
}

const comment = fc.record({
  width: fc.integer({ min: 5, max: 3000 }),
  waitFrames: fc.integer({ min: 0, max: 12 }),
  mode: fc.constantFrom<CommentMode>('scroll', 'scroll', 'scroll', 'scroll', 'top', 'bottom'),
  size: fc.constantFrom<CommentSize>('small', 'normal', 'normal', 'large'),
  priority: fc.constantFrom<CommentPriority>('normal', 'normal', 'member', 'paid', 'own'),
});

const change = fc.oneof(
  fc.record({ speed: fc.double({ min: 0.25, max: 4, noNaN: true }) }),
  fc.record({ density: fc.constantFrom<Density>('sparse', 'normal', 'more') }),
  fc.record({ size: fc.constantFrom(0.5, 1, 2) }),
  fc.record({ area: fc.constantFrom<0.25 | 0.5 | 1>(0.25, 0.5, 1) }),
  fc.record({
    width: fc.integer({ min: 200, max: 2600 }),
    height: fc.integer({ min: 60, max: 1500 }),
  }),
);

function play(screen: Screen, frames: number): void {
  for (let i = 0; i < frames; i += 1) {
    screen.advance(FRAME_MS);
    expect(covering(shown(screen))).toBeNull();
  }
}

describe('comments of one lane never cover each other', () => {
  it('at any widths, sizes, modes and arrivals, in every frame', () => {
    fc.assert(
      fc.property(
        fc.array(comment, { minLength: 20, maxLength: 70 }),
        fc.constantFrom<Density>('sparse', 'normal', 'more'),
        fc.record({
          width: fc.integer({ min: 150, max: 2600 }),
          height: fc.integer({ min: 40, max: 200 }),
        }),
        (comments, density, extent) => {
          const screen = newScreen({ density });
          screen.resize(extent);
          comments.forEach(({ width, waitFrames, mode, size, priority }, index) => {
            screen.add({
              text: `w${width.toString()} ${index.toString()}`,
              mode,
              style: { size },
              priority,
            });
            play(screen, waitFrames);
          });
          play(screen, 120);
          expect(screen.stats().drawn).toBeGreaterThan(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('nor when speed, density, size, area or the screen change on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(comment, fc.option(change, { freq: 4 })), {
          minLength: 20,
          maxLength: 60,
        }),
        (steps) => {
          const screen = newScreen();
          screen.resize({ width: 800, height: 200 });
          let now = settings({});
          steps.forEach(([{ width, waitFrames, mode, size, priority }, changed], index) => {
            if (changed !== null && 'width' in changed) screen.resize(changed);
            else if (changed !== null) screen.configure((now = { ...now, ...changed }));
            screen.add({
              text: `w${width.toString()} ${index.toString()}`,
              mode,
              style: { size },
              priority,
            });
            play(screen, waitFrames);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('also where a long, faster one follows a short one at the earliest moment', () => {
    const screen = newScreen();
    screen.resize({ width: 1280, height: 40 });
    addAll(screen, [{ text: 'w40 short' }]);
    play(screen, 1);
    addAll(screen, [{ text: 'w1200 long', priority: 'own' }]);
    play(screen, 60 * 12);
    expect(screen.stats()).toMatchObject({ drawn: 2, onScreen: 1 });
  });

  it('with a ×N of any number shown, too', () => {
    const screen = newScreen({ density: 'more' });
    screen.resize({ width: 1280, height: 40 });
    for (let i = 0; i < 999; i += 1) screen.add({ text: '666' });
    screen.advance(0);
    screen.add({ text: 'w200 next', priority: 'own' });
    for (let i = 0; i < 300; i += 1) {
      screen.advance(FRAME_MS);
      const [first, next] = shown(screen);
      if (first !== undefined && next !== undefined) {
        expect(first.left + first.bullet.laneWidth).toBeLessThanOrEqual(next.left);
      }
    }
    expect(screen.stats().drawn).toBe(2);
  });

  it('but in density overlap they may, and the count says so', () => {
    const screen = newScreen({ density: 'overlap' });
    let most = 0;
    for (let i = 0; i < 400; i += 1) {
      screen.add({ text: `w400 ${i.toString()}` });
      screen.advance(FRAME_MS);
      most = Math.max(most, screen.stats().overlapping);
    }
    expect(most).toBeGreaterThan(10);
    expect(covering(shown(screen))).not.toBeNull();
  });
});
