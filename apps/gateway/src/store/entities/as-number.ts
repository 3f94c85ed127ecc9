/** Drivers give a BIGINT as a string, lest it be too large; ours are sequences and milliseconds, which are not. */
export const asNumber = {
  to: (value: number | null): number | null => value,
  from: (value: string | number | null): number | null => (value === null ? null : Number(value)),
};
