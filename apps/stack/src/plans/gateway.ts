import { GATEWAY_PROGRAM } from '../paths';
import type { Plan } from '../supervised-process';
import { answers } from './answers';

/**
 * In megabytes. 2,000 joined connections cost 5 to 7 KB of memory each with it and 14 to 16 without: V8 lets its young generation
 * grow to 48 MB of garbage otherwise. Connects per second are the same.
 */
const YOUNG_GENERATION = '--max-semi-space-size=4';

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
