import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import WebSocket, { type RawData } from 'ws';
import {
  REPLIES,
  ServerFrame,
  SUBPROTOCOL,
  type ErrorData,
  type LogData,
  type NoticeData,
  type PulseData,
  type ReplyData,
  type RequestEvent,
  type RequestInput,
  type WelcomeData,
} from '@hubbub/protocol';
import { unique } from './api';
import { waitFor } from './wait-for';

export interface RawOptions {
  token?: string;
  /** How the token is given (P2). Default: `bearer`. */
  by?: 'bearer' | 'query' | 'cookie';
  origin?: string;
  /** Further headers of the upgrade. */
  headers?: Record<string, string>;
  /** Default: `hubbub.v1`. */
  protocols?: string[];
  /** Offers permessage-deflate. Default: no. */
  deflate?: boolean;
  /** Default: `/ws`. */
  path?: string;
  /** Frames of these events are passed over unread: for hundreds of clients in one test. Default: none. */
  unread?: readonly ServerFrame['event'][];
}

export interface Close {
  code: number;
  reason: string;
}

export type OkOrError =
  | { event: 'ok'; id: number; data: unknown }
  | { event: 'error'; id: number | null; data: ErrorData };

/** Any request: tests also send what the protocol does not have. */
export interface AnyRequest {
  event: string;
  data: object;
}

interface Waiting {
  event: string;
  done: (reply: OkOrError) => void;
  gone: () => void;
}

const REPLY_MS = 20_000;
/** Who is told to come back does so for this long. */
const INSIST_MS = 20_000;

/**
 * The protocol as it is on the wire, without a cursor or a queue: each frame as it came. Every frame is checked against the schemas;
 * what does not fit, or has more than the schemas say, is kept in `violations`.
 */
export class RawClient {
  readonly frames: ServerFrame[] = [];
  readonly replies: OkOrError[] = [];
  readonly violations: string[] = [];
  close: Close | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Set<(frame: ServerFrame) => void>();

  private constructor(
    readonly ws: WebSocket,
    unread: readonly string[] = [],
  ) {
    const unreadFrames = unread.map((event) => `{"event":"${event}"`);
    ws.on('message', (data: RawData, isBinary: boolean) => {
      const text = isBinary ? null : (data as Buffer).toString();
      if (!unreadFrames.some((begin) => text?.startsWith(begin))) this.take(text);
    });
    ws.on('close', (code: number, reason: Buffer) => {
      this.close = { code, reason: reason.toString() };
      for (const { gone } of this.waiting.values()) gone();
      this.waiting.clear();
    });
    ws.on('error', () => undefined);
  }

  /** Resolves with the gateway's welcome. `url` is of the gateway or of Nginx, `http://…`. */
  static async open(url: string, options: RawOptions = {}): Promise<RawClient> {
    const client = new RawClient(socket(url, options), options.unread);
    let failure = '';
    client.ws.on('error', (error) => (failure = error.message));
    await waitFor(() => client.frames.length > 0 || failure !== '' || client.close !== null, {
      what: `a welcome from ${url}`,
      timeoutMs: 20_000,
      everyMs: 2,
    });
    if (client.frames.length === 0) throw new Error(`no welcome: ${failure}`);
    return client;
  }

  /** What the upgrade is answered with instead of 101. */
  static refusal(
    url: string,
    options: RawOptions = {},
  ): Promise<{ status: number; body: unknown }> {
    const ws = socket(url, options);
    return new Promise((resolve, reject) => {
      ws.on('error', reject);
      ws.on('open', () => {
        ws.terminate();
        reject(new Error('it was upgraded'));
      });
      ws.on('unexpected-response', (request, response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          // Nginx would keep the connection, and this process, alive.
          request.socket?.destroy();
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown });
        });
      });
    });
  }

  get welcome(): WelcomeData {
    const first = this.frames[0];
    if (first?.event !== 'welcome') throw new Error('the first frame is no welcome');
    return first.data;
  }

  logs(room: string): LogData[] {
    return this.frames.flatMap((it) =>
      it.event === 'log' && it.data.room === room ? it.data : [],
    );
  }

  pulses(room: string): PulseData[] {
    return this.frames.flatMap((it) =>
      it.event === 'pulse' && it.data.room === room ? it.data : [],
    );
  }

  notices(): NoticeData[] {
    return this.frames.flatMap((it) => (it.event === 'notice' ? it.data : []));
  }

  onFrame(listener: (frame: ServerFrame) => void): void {
    this.listeners.add(listener);
  }

  /** Sends bytes as they are. */
  raw(data: string | Buffer): void {
    this.ws.send(data);
  }

  /** Resolves with the reply, whatever it is. There is no second try. */
  ask({ event, data }: AnyRequest, timeoutMs = REPLY_MS): Promise<OkOrError> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (this.close) {
        reject(new Error(`closed ${String(this.close.code)} before ${event}`));
        return;
      }
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`no reply to ${event} in ${String(timeoutMs)} ms`));
      }, timeoutMs);
      this.waiting.set(id, {
        event,
        done: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        gone: () => {
          clearTimeout(timer);
          reject(new Error(`closed ${String(this.close?.code)} before the reply to ${event}`));
        },
      });
      this.raw(JSON.stringify({ event, id, data }));
    });
  }

  /**
   * Resolves with the reply, whatever it is, and asks again as often as it is told to come back: where a machine stands still for a
   * moment, gateways answer `unavailable` (P9). A message is one all the same, for it has the same key (G4).
   */
  async insist(request: AnyRequest): Promise<OkOrError> {
    const giveUpAt = performance.now() + INSIST_MS;
    for (;;) {
      const reply = await this.ask(request);
      const isForNow = reply.event === 'error' && reply.data.code === 'unavailable';
      if (!isForNow || performance.now() > giveUpAt) return reply;
      await delay(reply.data.retryAfterMs);
    }
  }

  /** Insists. @throws {Error} for an error reply. */
  async ok<E extends RequestEvent>(event: E, data: RequestInput<E>): Promise<ReplyData<E>> {
    const reply = await this.insist({ event, data });
    if (reply.event === 'error') throw new Error(`${event}: ${JSON.stringify(reply.data)}`);
    return reply.data as ReplyData<E>;
  }

  /** Insists. @throws {Error} for an ok. */
  async refused(event: string, data: object): Promise<ErrorData> {
    const reply = await this.insist({ event, data });
    if (reply.event === 'ok') throw new Error(`${event} was ok: ${JSON.stringify(reply.data)}`);
    return reply.data;
  }

  /** Sends a message under a new key. */
  say(room: string, text: string): Promise<ReplyData<'send'>> {
    return this.ok('send', { room, key: newKey(), text });
  }

  /** Resolves with the close, which has to come. */
  async closed(timeoutMs = 10_000): Promise<Close> {
    return waitFor(() => this.close, { what: 'the gateway closes', timeoutMs });
  }

  /** Ends it at once. */
  drop(): void {
    this.ws.terminate();
  }

  private take(text: string | null): void {
    if (text === null) {
      this.violations.push('a binary frame');
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      this.violations.push(`not JSON: ${text}`);
      return;
    }
    const frame = this.check(ServerFrame, json, text) as ServerFrame | null;
    if (!frame) return;
    this.frames.push(frame);
    if (frame.event === 'ok' || frame.event === 'error') this.reply(frame, text);
    for (const listener of this.listeners) listener(frame);
  }

  private reply(frame: OkOrError, text: string): void {
    this.replies.push(frame);
    if (frame.id === null) return;
    const waiting = this.waiting.get(frame.id);
    if (!waiting) {
      if (frame.id < this.nextId) this.violations.push(`a reply to nothing: ${text}`);
      return;
    }
    this.waiting.delete(frame.id);
    if (frame.event === 'ok' && Object.hasOwn(REPLIES, waiting.event)) {
      this.check(REPLIES[waiting.event as RequestEvent], frame.data, text);
    }
    waiting.done(frame);
  }

  private check(
    schema: { safeParse: (value: unknown) => { success: boolean; data?: unknown; error?: Error } },
    value: unknown,
    text: string,
  ): unknown {
    const { success, data, error } = schema.safeParse(value);
    if (!success) {
      this.violations.push(`not as the schema says: ${text}: ${error?.message ?? ''}`);
      return null;
    }
    if (!isDeepStrictEqual(data, value)) {
      this.violations.push(`more than the schema says: ${text}`);
    }
    return data;
  }
}

export function newKey(): string {
  return `key-${unique()}`;
}

/** `http://…` as an address of a WebSocket. */
export function socketUrl(url: string, path = '/ws'): string {
  return `${url.replace(/^http/, 'ws')}${path}`;
}

function socket(url: string, options: RawOptions): WebSocket {
  const {
    token,
    by = 'bearer',
    origin,
    headers,
    protocols = [SUBPROTOCOL],
    deflate = false,
    path,
  } = options;
  const query = token !== undefined && by === 'query' ? `?token=${encodeURIComponent(token)}` : '';
  return new WebSocket(socketUrl(url, path) + query, protocols, {
    perMessageDeflate: deflate,
    ...(origin !== undefined && { origin }),
    headers: {
      ...(token !== undefined && by === 'bearer' && { authorization: `Bearer ${token}` }),
      ...(token !== undefined && by === 'cookie' && { cookie: `hubbub_session=${token}` }),
      ...headers,
    },
  });
}
