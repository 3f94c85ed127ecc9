import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../env';
import { Refusal } from '../refusal';
import { SETTINGS } from '../tokens';
import { readSessionCookie } from './session-cookie';
import { SessionRevocations } from './session-revocations';
import type { Session } from './session';
import { SessionTokens } from './session-tokens';

export type { Session } from './session';

const ADMIN: Session = {
  id: 'admin-token',
  user: { id: 'admin', name: 'admin', role: 'admin' },
  expiresAt: Infinity,
};

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The token of `Authorization: Bearer …` (RFC 6750). */
export function bearerToken(request: IncomingMessage): string | null {
  return /^Bearer +(.*\S)/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function queryToken(request: IncomingMessage): string | null {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  return start < 0 ? null : new URLSearchParams(url.slice(start + 1)).get('token') || null;
}

/** Tells who sends a request or opens a connection (P2). */
@Injectable()
export class Authenticator {
  readonly #tokens: SessionTokens;
  readonly #revocations: SessionRevocations;
  readonly #adminDigest: Buffer | null;

  constructor(
    tokens: SessionTokens,
    revocations: SessionRevocations,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.#tokens = tokens;
    this.#revocations = revocations;
    this.#adminDigest = settings.ADMIN_TOKEN ? digest(settings.ADMIN_TOKEN) : null;
  }

  /**
   * The first token counts, in this order: session cookie, `Authorization: Bearer`, `?token=`. None at all: null, an anonymous
   * viewer.
   *
   * @throws {Refusal} `unauthenticated` for a token that is present and bad.
   */
  authenticate(request: IncomingMessage): Session | null {
    const cookie = readSessionCookie(request);
    const bearer = cookie ? null : bearerToken(request);
    if (bearer && this.#isAdminToken(bearer)) return ADMIN;
    const token = cookie ?? bearer ?? queryToken(request);
    if (!token) return null;
    const session = this.#tokens.verify(token);
    if (this.#revocations.isRevoked(session.id)) {
      throw new Refusal('unauthenticated', 'the session has been signed out');
    }
    return session;
  }

  #isAdminToken(token: string): boolean {
    return this.#adminDigest !== null && timingSafeEqual(this.#adminDigest, digest(token));
  }
}
