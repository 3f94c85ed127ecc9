import { DANMAKU_COLORS } from './colors';

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(color.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe('the colours of a danmaku', () => {
  it('are twelve different ones that the wire accepts', () => {
    expect(new Set(DANMAKU_COLORS.map(({ value }) => value)).size).toBe(12);
    for (const { value } of DANMAKU_COLORS) expect(value).toMatch(/^#[0-9a-f]{6}$/);
  });

  it.each(DANMAKU_COLORS)('$name stands out 4.5 to 1 from its dark outline', ({ value }) => {
    expect((luminance(value) + 0.05) / 0.05).toBeGreaterThanOrEqual(4.5);
    // Light enough for the renderer to give it the dark outline.
    expect(luminance(value)).toBeGreaterThan(0.179);
  });
});
