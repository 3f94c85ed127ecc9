import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  /** What is waited for, as the error names it. */
  what: string;
  timeoutMs?: number;
  /** Between two looks. */
  everyMs?: number;
}

/**
 * Resolves with the first truthy value of `condition`; what it throws counts as not yet. The last look begins when the time is over:
 * who was held up meanwhile sees what has become true in that time.
 *
 * @throws {Error} naming `what`, and what `condition` threw last, when the time is over.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, everyMs = 10 }: Patience,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const isLast = performance.now() >= deadline;
    let cause: unknown;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    if (isLast) {
      const why = cause instanceof Error ? ` (${cause.message})` : '';
      throw new Error(`not in ${String(timeoutMs)} ms: ${what}${why}`, { cause });
    }
    await delay(everyMs);
  }
}
