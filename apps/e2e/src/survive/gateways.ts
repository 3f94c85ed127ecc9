import { setTimeout as delay } from 'node:timers/promises';
import { kill } from '../testing/processes';
import { waitFor } from '../testing/wait-for';
import type { Stage } from './stage';

/** A drain ends within this, whatever its clients do; the stack then needs a moment to see it. */
const DRAIN_MS = 16_000;
const START_MS = 30_000;

/** Resolves when another process than `pid` is the gateway and takes traffic. */
export async function servesAfter(pid: number, { cluster }: Stage, gateway: number): Promise<void> {
  await waitFor(
    async () => {
      const now = cluster.pids.gateways[gateway];
      if (typeof now !== 'number' || now === pid) return false;
      const reply = await fetch(`${cluster.gateway(gateway)}/readyz`, {
        signal: AbortSignal.timeout(2_000),
      });
      await reply.body?.cancel();
      return reply.ok;
    },
    { what: `gateway-${String(gateway + 1)} takes traffic again`, timeoutMs: START_MS },
  );
}

/** Asks it to end. Resolves when it has, with how long that took, in ms, and its number as a process. */
export async function drain(
  { cluster }: Stage,
  gateway: number,
): Promise<{ pid: number; ms: number }> {
  const pid = cluster.pid(gateway);
  const began = performance.now();
  kill(pid, 'SIGTERM');
  await waitFor(() => cluster.pids.gateways[gateway] !== pid, {
    what: `gateway-${String(gateway + 1)} ends after SIGTERM`,
    timeoutMs: DRAIN_MS,
  });
  return { pid, ms: performance.now() - began };
}

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
