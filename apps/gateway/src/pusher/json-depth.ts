/** More than anybody nests, and far less than what overflows the stack of whoever writes it out again. */
const LEVELS_MAX = 64;

/** Whether a value that was parsed from JSON has more levels than it may have. */
export function isTooDeep(value: unknown, levels = LEVELS_MAX): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => isTooDeep(inner, levels - 1));
}
