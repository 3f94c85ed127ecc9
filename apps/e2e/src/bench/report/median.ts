/**
 * The middle one, or the mean of the two in the middle. Of rounds that gave none (a server that could not keep up has no latency)
 * it says nothing while they are fewer than half; otherwise there is none: null.
 */
export function median(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (there.length * 2 <= values.length) return null;
  const [low, high] = [there[Math.ceil(there.length / 2) - 1], there[Math.floor(there.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
