import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { UserRole, type SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import { randomId } from './random-id';
import type { Session } from './session';

const NAME = 'hubbub';
const DAY_SECONDS = 24 * 3600;

/** Whatever else a header says: a `crit` names what a reader has to understand (RFC 7515, 4.1.11), and this one understands nothing. */
const Header = z.object({ alg: z.literal('HS256'), crit: z.undefined().optional() });
const Claims = z.object({
  iss: z.literal(NAME),
  aud: z.literal(NAME),
  sub: z.string().min(1),
  name: z.string(),
  role: UserRole,
  jti: z.string().min(1),
  exp: z.number(),
  nbf: z.number().optional(),
});

/**
 * Makes and reads session tokens: JWT (RFC 7519), HS256 and nothing else. On this thread and at once: WebCrypto, which libraries use,
 * takes the HMAC to another thread and back: a connection with a token cost 200 µs more than one without, and costs 50 more this way.
 */
export class SessionTokens {
  readonly #key: KeyObject;
  readonly #lifetimeSeconds: number;

  constructor(secret: string, days: number) {
    this.#key = createSecretKey(Buffer.from(secret));
    this.#lifetimeSeconds = days * DAY_SECONDS;
  }

  issue({ id: sub, name, role }: SessionUser): { token: string; session: Session } {
    const id = randomId();
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + this.#lifetimeSeconds;
    const claims = { name, role, sub, jti: id, iss: NAME, aud: NAME, iat, exp };
    const text = `${encodePart({ alg: 'HS256' })}.${encodePart(claims)}`;
    const token = `${text}.${this.#sign(text).toString('base64url')}`;
    return { token, session: { id, user: { id: sub, name, role }, expiresAt: exp * 1000 } };
  }

  /** @throws {Refusal} `unauthenticated` for whatever is not a token of ours that is still good. */
  verify(token: string): Session {
    const session = this.#read(token);
    if (!session) {
      throw new Refusal('unauthenticated', 'the session is not valid, or has ended');
    }
    return session;
  }

  #read(token: string): Session | null {
    const end = token.lastIndexOf('.');
    const text = token.slice(0, Math.max(0, end));
    const given = Buffer.from(token.slice(end + 1), 'base64url');
    const signature = this.#sign(text);
    if (given.length !== signature.length || !timingSafeEqual(given, signature)) return null;
    const [header, claims, ...rest] = text.split('.').map(decodePart);
    if (rest.length > 0 || !Header.safeParse(header).success) return null;
    const { data } = Claims.safeParse(claims);
    const now = Date.now();
    if (!data || data.exp * 1000 <= now || (data.nbf ?? 0) * 1000 > now) return null;
    const { sub, name, role, jti, exp } = data;
    return { id: jti, user: { id: sub, name, role }, expiresAt: exp * 1000 };
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Null for what is no JSON. */
function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown;
  } catch {
    return null;
  }
}
