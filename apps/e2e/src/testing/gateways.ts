import type { Cluster } from './cluster';
import { kill } from './processes';
import { waitFor } from './wait-for';

/** A drain ends within 15 s, whatever its clients do; the stack then needs a moment to see it. */
const DRAIN_MS = 20_000;
const START_MS = 60_000;

/** Resolves when another process than `pid` is the gateway, and takes traffic. @throws {Error} where `signal` ends that. */
export async function servesAfter(
  pid: number,
  { cluster, gateway, signal }: { cluster: Cluster; gateway: number; signal?: AbortSignal },
): Promise<void> {
  await waitFor(
    async () => {
      if (signal?.aborted) return true;
      const now = cluster.pids.gateways[gateway];
      if (typeof now !== 'number' || now === pid) return false;
      const reply = await fetch(`${cluster.gateway(gateway)}/readyz`, {
        signal: AbortSignal.timeout(2_000),
      });
      await reply.body?.cancel();
      return reply.ok;
    },
    {
      what: `gateway ${String(gateway + 1)} takes traffic again`,
      timeoutMs: START_MS,
      everyMs: 50,
    },
  );
  signal?.throwIfAborted();
}

/** Asks it to end. Resolves when it has, with how long that took, in ms, and its number as a process. */
export async function drain(
  cluster: Cluster,
  gateway: number,
): Promise<{ pid: number; ms: number }> {
  const pid = cluster.pid(gateway);
  const began = performance.now();
  kill(pid, 'SIGTERM');
  await waitFor(() => cluster.pids.gateways[gateway] !== pid, {
    what: `gateway ${String(gateway + 1)} ends after SIGTERM`,
    timeoutMs: DRAIN_MS,
  });
  return { pid, ms: performance.now() - began };
}
