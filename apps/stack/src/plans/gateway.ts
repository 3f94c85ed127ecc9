import { GATEWAY_PROGRAM } from '../paths';
import type { Plan } from '../supervised-process';
import { answers } from './answers';

/** A gateway that is reached at `url`, with what `env` says besides the environment of ours. */
export function gatewayPlan(name: string, url: string, env: NodeJS.ProcessEnv): Plan {
  return {
    name,
    command: process.execPath,
    args: ['--enable-source-maps', GATEWAY_PROGRAM],
    env: { ...process.env, NODE_ENV: 'production', ...env },
    isReady: () => answers(`${url}/readyz`),
    // It waits for a database that is still recovering.
    readyWithinMs: 90_000,
    // A drain closes its sockets in slices.
    stopWithinMs: 15_000,
  };
}
