import type { IncomingMessage } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';
import { SESSION_COOKIE } from '@hubbub/protocol';

/** The value of the session cookie, where the request carries one that is not empty. */
export function readSessionCookie(request: IncomingMessage): string | null {
  const header = request.headers.cookie;
  return (header && parseCookie(header)[SESSION_COOKIE]) || null;
}

/**
 * A Set-Cookie header: out of reach for scripts, not sent with what other sites post (SameSite=Lax), and over https only where
 * it was given over https.
 */
export function sessionCookie(token: string, lifetimeMs: number, secure: boolean): string {
  return stringifySetCookie({
    name: SESSION_COOKIE,
    value: token,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: Math.max(0, Math.floor(lifetimeMs / 1000)),
  });
}

/** Takes the session cookie away. */
export function clearedSessionCookie(secure: boolean): string {
  return sessionCookie('', 0, secure);
}
