import type {
  Entry,
  MeReply,
  MessageCreation,
  RoomChange,
  RoomCreation,
  RoomDescription,
  RoomListReply,
  RoomSummary,
  SessionReply,
  SessionUser,
} from '@hubbub/protocol';
import { ApiError } from './api-error';

interface ApiOptions {
  /** Where the gateway is; '' (the page's own origin) in the browser. */
  baseUrl?: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

interface RoomsQuery {
  state?: 'live' | 'offline';
  cursor?: string | null;
  limit?: number;
}

interface RequestOptions {
  signal?: AbortSignal;
}

/** The gateway's REST surface. Every method throws ApiError and nothing else. */
export class ApiClient {
  readonly #baseUrl: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;

  constructor(options: ApiOptions = {}) {
    this.#baseUrl = options.baseUrl ?? '';
    this.#headers = options.headers ?? {};
    this.#timeoutMs = options.timeoutMs ?? 10_000;
  }

  /** Who the cookie says we are; null without a session, and with one that has ended. */
  async me(options?: RequestOptions): Promise<SessionUser | null> {
    const { user } = await this.#request<MeReply>('GET', '/api/me', options);
    return user;
  }

  guestSignIn(body: { name: string }): Promise<SessionReply> {
    return this.#request('POST', '/api/sessions/guest', { body });
  }
  signIn(body: { handle: string; password: string }): Promise<SessionReply> {
    return this.#request('POST', '/api/sessions', { body });
  }
  createAccount(body: { handle: string; name: string; password: string }): Promise<SessionReply> {
    return this.#request('POST', '/api/accounts', { body });
  }
  /** A session that has ended already is as good as signed out. */
  async signOut(): Promise<void> {
    try {
      await this.#request('DELETE', '/api/sessions');
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (error.code !== 'unauthenticated') throw error;
    }
  }

  rooms(query: RoomsQuery = {}, options?: RequestOptions): Promise<RoomListReply> {
    return this.#request('GET', `/api/rooms${search({ ...query })}`, options);
  }
  room(slug: string, options?: RequestOptions): Promise<RoomSummary> {
    return this.#request('GET', `/api/rooms/${encodeURIComponent(slug)}`, options);
  }
  createRoom(body: RoomCreation): Promise<RoomDescription> {
    return this.#request('POST', '/api/rooms', { body });
  }
  changeRoom(slug: string, body: RoomChange): Promise<RoomDescription> {
    return this.#request('PATCH', `/api/rooms/${encodeURIComponent(slug)}`, { body });
  }
  async deleteRoom(slug: string): Promise<void> {
    await this.#request('DELETE', `/api/rooms/${encodeURIComponent(slug)}`);
  }
  entries(
    slug: string,
    query: { before?: number; after?: number; limit?: number } = {},
    options?: RequestOptions,
  ): Promise<{ entries: Entry[]; more: boolean }> {
    const path = `/api/rooms/${encodeURIComponent(slug)}/entries`;
    return this.#request('GET', `${path}${search(query)}`, options);
  }
  sendMessage(slug: string, body: MessageCreation): Promise<{ seq: number; at: number }> {
    return this.#request('POST', `/api/rooms/${encodeURIComponent(slug)}/messages`, { body });
  }

  /** Any other path of the surface: `request('GET', '/api/rooms/x/members')`. */
  request<Reply>(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.#request<Reply>(method, path, body === undefined ? {} : { body });
  }

  async #request<Reply>(
    method: string,
    path: string,
    options: RequestOptions & { body?: unknown } = {},
  ): Promise<Reply> {
    let response = await this.#fetch(method, path, options);
    if (response.status === 401 && method === 'GET') {
      // A session that has ended: the gateway has taken the cookie away with this answer. What anybody may read is read
      // without it.
      response = await this.#fetch(method, path, { ...options, anonymous: true });
    }
    if (!response.ok) throw await ApiError.fromResponse(response);
    if (response.status === 204) return undefined as Reply;
    try {
      return (await response.json()) as Reply;
    } catch {
      throw new ApiError('network', 'the answer is not JSON', { status: response.status });
    }
  }

  async #fetch(
    method: string,
    path: string,
    options: RequestOptions & { body?: unknown; anonymous?: boolean },
  ): Promise<Response> {
    const headers = new Headers({ accept: 'application/json', ...this.#headers });
    if (options.anonymous === true) headers.delete('cookie');
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const init: RequestInit = {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
    };
    if (options.body !== undefined) {
      headers.set('content-type', 'application/json');
      init.body = JSON.stringify(options.body);
    }
    try {
      return await fetch(this.#baseUrl + path, init);
    } catch (thrown) {
      throw ApiError.from(thrown);
    }
  }
}

function search(query: Record<string, string | number | null | undefined>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) params.set(key, String(value));
  }
  return params.size === 0 ? '' : `?${params.toString()}`;
}

/** The browser's: same origin, the session cookie by itself. */
export const api = new ApiClient();
