/** A drain closes connections in this many slices. */
const DRAIN_SLICES = 20;

/** The slices in which a drain of `overMs` closes connections, and the time from one to the next. */
export function drainSlices<T>(
  all: readonly T[],
  overMs: number,
): { slices: T[][]; sliceMs: number } {
  const perSlice = Math.ceil(all.length / DRAIN_SLICES);
  const slices: T[][] = [];
  for (let i = 0; i < all.length; i += perSlice) slices.push(all.slice(i, i + perSlice));
  return { slices, sliceMs: overMs / DRAIN_SLICES };
}
