import type { BackoffOptions } from './types';

export type Backoff = BackoffOptions & { random: () => number };

/** Full jitter: anything from nothing to the bound, which doubles with each attempt (the first is 1). */
export function backoffMs(attempt: number, { firstMs, maxMs, random }: Backoff): number {
  return Math.round(random() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30)));
}
