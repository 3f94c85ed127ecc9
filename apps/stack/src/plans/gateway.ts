import { GATEWAY_PROGRAM } from '../paths';
import type { Plan } from '../supervised-process';
import { answers } from './answers';

/**
 * In megabytes. V8 shrinks the young generation of a quiet process to 1 MB, and then collects it four times as often. Up to its own
 * bound it grows under load: at 4 MB the garbage of requests that wait took 39 % of a gateway that had too many, at 16 MB 23 %, and
 * a fifth more of them were acknowledged.
 */
const YOUNG_GENERATION = '--min-semi-space-size=4';

/** A gateway that is reached at `url`, with what `env` says besides the environment of ours. */
export function gatewayPlan(name: string, url: string, env: NodeJS.ProcessEnv): Plan {
  return {
    name,
    command: process.execPath,
    args: [YOUNG_GENERATION, GATEWAY_PROGRAM],
    env: { ...process.env, NODE_ENV: 'production', ...env },
    isReady: () => answers(`${url}/readyz`),
    // It waits for a database that is still recovering.
    readyWithinMs: 90_000,
    // A drain closes its sockets in slices.
    stopWithinMs: 15_000,
  };
}
