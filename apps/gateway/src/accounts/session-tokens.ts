import { webcrypto } from 'node:crypto';
import { SignJWT, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { UserRole, type SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import { randomId } from './random-id';
import type { Session } from './session';

const ALGORITHM = 'HS256';
const NAME = 'hubbub';
const DAY_SECONDS = 24 * 3600;

const Claims = z.object({
  sub: z.string().min(1),
  name: z.string(),
  role: UserRole,
  jti: z.string().min(1),
  exp: z.number(),
});

/** Makes and reads session tokens: JWT (RFC 7519), HS256 and nothing else. */
export class SessionTokens {
  readonly #key: webcrypto.CryptoKey;
  readonly #lifetimeSeconds: number;

  private constructor(key: webcrypto.CryptoKey, lifetimeSeconds: number) {
    this.#key = key;
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  static async create(secret: string, days: number): Promise<SessionTokens> {
    const key = await webcrypto.subtle.importKey(
      'raw',
      Buffer.from(secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    );
    return new SessionTokens(key, days * DAY_SECONDS);
  }

  async issue(user: SessionUser): Promise<{ token: string; session: Session }> {
    const id = randomId();
    const now = Math.floor(Date.now() / 1000);
    const expires = now + this.#lifetimeSeconds;
    const token = await new SignJWT({ name: user.name, role: user.role })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(user.id)
      .setJti(id)
      .setIssuer(NAME)
      .setAudience(NAME)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(this.#key);
    return { token, session: { id, user, expiresAt: expires * 1000 } };
  }

  /** @throws {Refusal} `unauthenticated` for whatever is not a token of ours that is still good. */
  async verify(token: string): Promise<Session> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: NAME,
        audience: NAME,
      });
      const { sub, name, role, jti, exp } = Claims.parse(payload);
      return { id: jti, user: { id: sub, name, role }, expiresAt: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
        throw new Refusal('unauthenticated', 'the session is not valid, or has ended');
      }
      throw error;
    }
  }
}
