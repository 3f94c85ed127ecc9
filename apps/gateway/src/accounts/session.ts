import type { SessionUser } from '@hubbub/protocol';

/** A signed-in caller: an account, a guest, a bot, or the trusted server that holds ADMIN_TOKEN. */
export interface Session {
  /** The token's `jti`. */
  readonly id: string;
  readonly user: SessionUser;
  /** Unix ms; Infinity for ADMIN_TOKEN. */
  readonly expiresAt: number;
}

/** Bots and admins are trusted with how much they do. */
export function isTrusted({ role }: Pick<SessionUser, 'role'>): boolean {
  return role === 'bot' || role === 'admin';
}
