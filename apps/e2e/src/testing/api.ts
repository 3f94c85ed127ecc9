import { randomBytes } from 'node:crypto';
import { MeReply, RoomDetails, SessionReply, type RoomChange } from '@hubbub/protocol';

export interface Person {
  id: string;
  name: string;
  token: string;
}

export interface Reply {
  status: number;
  /** Parsed; null where there is none. */
  body: unknown;
  headers: Headers;
}

export interface Call {
  token?: string;
  body?: object;
  headers?: Record<string, string>;
}

export interface RoomOptions extends Partial<RoomChange> {
  slug?: string;
}

/** Letters that were not used before. */
export function unique(): string {
  return randomBytes(6).toString('hex');
}

/** The REST interface as tests use it: who somebody is, and rooms. */
export class Api {
  constructor(
    readonly url: string,
    private readonly adminToken: string,
  ) {}

  async call(method: string, path: string, { token, body, headers }: Call = {}): Promise<Reply> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? null : (JSON.parse(text) as unknown),
      headers: response.headers,
    };
  }

  /** @throws {Error} for an answer other than 2xx. */
  async must(method: string, path: string, call: Call = {}): Promise<unknown> {
    const { status, body } = await this.call(method, path, call);
    if (status >= 300) {
      throw new Error(`${method} ${path}: ${String(status)} ${JSON.stringify(body)}`);
    }
    return body;
  }

  async guest(name = `guest ${unique()}`): Promise<Person> {
    return person(await this.must('POST', '/api/sessions/guest', { body: { name } }));
  }

  /** Somebody with an account, who may own rooms. */
  async account(name = `user ${unique()}`): Promise<Person> {
    const body = { handle: `u_${unique()}`, name, password: unique() };
    return person(await this.must('POST', '/api/accounts', { body }));
  }

  /** Somebody who may send as fast as they like. */
  async bot(name = `bot ${unique()}`): Promise<Person> {
    const body = { handle: `b_${unique()}`, name, password: unique(), role: 'bot' };
    return person(await this.must('POST', '/api/accounts', { token: this.adminToken, body }));
  }

  async me(token: string): Promise<MeReply> {
    return MeReply.parse(await this.must('GET', '/api/me', { token }));
  }

  /** A new room of `owner`; its slug. */
  async room(
    owner: Person,
    { slug = `room-${unique()}`, ...change }: RoomOptions = {},
  ): Promise<string> {
    const { visibility = 'public', title = slug, ...rest } = change;
    const body = { slug, title, visibility };
    await this.must('POST', '/api/rooms', { token: owner.token, body });
    if (Object.keys(rest).length > 0) await this.patch(owner, slug, rest);
    return slug;
  }

  async patch(who: Person, slug: string, change: Partial<RoomChange>): Promise<RoomDetails> {
    const path = `/api/rooms/${slug}`;
    return RoomDetails.parse(await this.must('PATCH', path, { token: who.token, body: change }));
  }

  /** What everybody is told of the room. */
  async describe(slug: string): Promise<RoomDetails> {
    return RoomDetails.parse(await this.must('GET', `/api/rooms/${slug}`));
  }
}

function person(reply: unknown): Person {
  const { user, token } = SessionReply.parse(reply);
  return { id: user.id, name: user.name, token };
}
