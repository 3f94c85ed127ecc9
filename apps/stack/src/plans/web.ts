import { dirname } from 'node:path';
import { WEB_PROGRAM } from '../paths';
import { accepts } from '../ports';
import type { Plan } from '../supervised-process';

/** The web app on a loopback port. Its server side asks the gateway at `gatewayUrl`. */
export function webPlan(port: number, gatewayUrl: string): Plan {
  return {
    name: 'web',
    command: process.execPath,
    args: [WEB_PROGRAM],
    cwd: dirname(WEB_PROGRAM),
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      HOSTNAME: '127.0.0.1',
      PORT: String(port),
      GATEWAY_URL: gatewayUrl,
    },
    isReady: () => accepts(port),
    stopWithinMs: 3000,
  };
}
