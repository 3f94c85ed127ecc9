import { BOTS_PROGRAM, ROOT, TSCONFIG } from '../paths';
import type { Plan } from '../supervised-process';

export interface BotsOptions {
  url: string;
  adminToken: string;
  /** Where the bots' passwords are kept. */
  credentialsFile: string;
}

/** The bots that talk in the seeded rooms. A process of its own: the storm shall not hold up the supervisor. */
export function botsPlan({ url, adminToken, credentialsFile }: BotsOptions): Plan {
  return {
    name: 'bots',
    command: process.execPath,
    args: ['--import', 'tsx', BOTS_PROGRAM],
    cwd: ROOT,
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: TSCONFIG,
      BOTS_URL: url,
      BOTS_ADMIN_TOKEN: adminToken,
      BOTS_CREDENTIALS_FILE: credentialsFile,
    },
    // Nobody waits for them.
    isReady: () => Promise.resolve(true),
    stopWithinMs: 3000,
  };
}
