/**
 * Black or white, whichever stands out from the colour: at least 4.5 to 1 (WCAG 2.2, 1.4.3) for every opaque
 * colour, as black reaches it from a luminance of 0.175 on and white up to 0.183.
 */
export function outlineFor(rgb: readonly [number, number, number]): '#000000' | '#ffffff' {
  return luminance(rgb) > 0.179 ? '#000000' : '#ffffff';
}

/** Contrast ratio of two sRGB colours, 1 to 21 (WCAG 2.2). */
export function contrast(
  a: readonly [number, number, number],
  b: readonly [number, number, number],
): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Reads what a canvas gives back for any valid colour: `#rrggbb`, or `rgba(r, g, b, a)` for a translucent one. */
export function parseCanvasColor(color: string): [number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (hex !== null) {
    return [hex[1], hex[2], hex[3]].map((part) => parseInt(part ?? '', 16)) as [
      number,
      number,
      number,
    ];
  }
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [r ?? 255, g ?? 255, b ?? 255];
}

function luminance([r, g, b]: readonly [number, number, number]): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}
