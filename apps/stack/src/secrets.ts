import { randomBytes } from 'node:crypto';

/** A secret of the environment; a random one where it is not set. */
export function secret(name: 'SESSION_SECRET' | 'ADMIN_TOKEN'): string {
  return process.env[name] ?? randomBytes(24).toString('hex');
}
