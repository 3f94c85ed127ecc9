import type { Density } from '../settings';
import { capFor, DENSITY } from './density';
import { FRAME_MS, newScreen, settings, shown } from './screen-fixture';

/** The largest number on screen in 12 s of a storm, and how many were shown. */
function storm(
  density: Density,
  priority: 'normal' | 'paid' = 'normal',
): { most: number; drawn: number } {
  const screen = newScreen({ density });
  screen.resize({ width: 1920, height: 1080 });
  let most = 0;
  for (let i = 0; i < 720; i += 1) {
    for (let n = 0; n < 5; n += 1)
      screen.add({ text: `w20 ${i.toString()}.${n.toString()}`, priority });
    screen.advance(FRAME_MS);
    most = Math.max(most, shown(screen).length);
  }
  return { most, drawn: screen.stats().drawn };
}

describe('density', () => {
  it.each<Density>(['sparse', 'normal', 'more', 'overlap'])(
    '%s never has more than its cap on screen',
    (density) => {
      expect(storm(density, 'paid').most).toBeLessThanOrEqual(DENSITY[density].cap);
      const ordinary = storm(density).most;
      expect(ordinary).toBeLessThanOrEqual(capFor(density, 100, 2));
      expect(ordinary).toBeGreaterThan(DENSITY[density].cap / 4);
    },
  );

  it('shows more at each step', () => {
    const drawn = (['sparse', 'normal', 'more', 'overlap'] as const).map(
      (density) => storm(density).drawn,
    );
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(new Set(drawn).size).toBe(4);
  });

  it('keeps an eighth of the cap for own, paid and moderators', () => {
    expect(capFor('normal', 100, 2)).toBeLessThan(capFor('normal', 100, 0));
    expect(capFor('normal', 100, 0)).toBe(DENSITY.normal.cap);
    expect(capFor('normal', 2, 0)).toBe(2 * DENSITY.normal.perLane);
  });

  it('holds its cap at once when it is lowered', () => {
    const screen = newScreen({ density: 'overlap' });
    for (let i = 0; i < 600; i += 1) {
      screen.add({ text: `w20 ${i.toString()}` });
      screen.advance(FRAME_MS);
    }
    expect(shown(screen).length).toBeGreaterThan(40);
    screen.configure(settings({ density: 'sparse' }));
    expect(shown(screen).length).toBeLessThanOrEqual(DENSITY.sparse.cap);
    expect(screen.stats().overlapping).toBe(0);
  });

  it('shows 17 comments of ordinary length a second on a 720p screen without any overlap', () => {
    const screen = newScreen();
    for (let i = 0; i < 60 * 20; i += 1) {
      screen.add({ text: `w${(60 + ((i * 37) % 180)).toString()} ${i.toString()}` });
      screen.advance(FRAME_MS);
      expect(screen.stats().overlapping).toBe(0);
    }
    expect(screen.stats().drawn / 20).toBeGreaterThan(17);
  });
});

describe('area', () => {
  it.each([0.25, 0.5, 0.75, 1] as const)('%d keeps the rest of the picture clear', (area) => {
    const screen = newScreen({ area });
    for (let i = 0; i < 100; i += 1) {
      screen.add({
        text: `w50 ${i.toString()}`,
        mode: (['scroll', 'top', 'bottom'] as const)[i % 3] ?? 'top',
      });
      screen.advance(FRAME_MS);
    }
    const lowest = Math.max(...shown(screen).map(({ top, bullet }) => top + bullet.height));
    expect(lowest).toBeLessThanOrEqual(720 * area);
    expect(lowest).toBeGreaterThan(720 * area - 2 * 33);
  });

  it('made smaller clears the rest at once', () => {
    const screen = newScreen();
    for (let i = 0; i < 200; i += 1) {
      screen.add({ text: `w300 ${i.toString()}` });
      screen.advance(FRAME_MS);
    }
    screen.configure(settings({ area: 0.25 }));
    expect(shown(screen).length).toBeGreaterThan(0);
    for (const { top, bullet } of shown(screen))
      expect(top + bullet.height).toBeLessThanOrEqual(180);
  });
});
