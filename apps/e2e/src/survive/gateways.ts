import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../testing/wait-for';
import type { Stage } from './stage';

/** Resolves when all that the gateways say of their rooms is so, with how long after `since` that was, in ms. */
export async function countedAfter(
  stage: Stage,
  gateways: readonly number[],
  since: number,
): Promise<number> {
  await waitFor(() => stage.areCounted(gateways), {
    what: 'the viewer counts are right',
    timeoutMs: 30_000,
    everyMs: 100,
  });
  return performance.now() - since;
}

/** Waits, but not for longer than `signal` lets it. @throws {Error} what it was ended with. */
export async function pass(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}
