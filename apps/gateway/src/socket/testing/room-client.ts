import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { SUBPROTOCOL, type ErrorData } from '@hubbub/protocol';
import { WebSocket, type ClientOptions } from 'ws';
import { until } from '../../testing/until';

/** A frame of the gateway, as it came. */
export interface Frame {
  event: string;
  id?: number | null;
  data: Record<string, unknown>;
}

export interface Dialled extends ClientOptions {
  token?: string;
  /** What a proxy says that the client's address is. */
  from?: string;
}

/** How an upgrade was refused. */
export interface Refused {
  status: number;
  retryAfterSeconds: number;
  body: ErrorData;
}

/** A client of the room protocol that sends whatever it is told to, and keeps what it is sent. */
export class RoomClient {
  readonly frames: Frame[] = [];
  /** Once it is closed. */
  closed: { code: number; reason: string } | null = null;
  #nextId = 1;

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    ws.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    ws.on('error', () => undefined);
  }

  /** Resolves with the welcome. `host` is `address:port`. */
  static async open(host: string, options: Dialled = {}): Promise<RoomClient> {
    const client = new RoomClient(dial(host, options));
    await until('the welcome', () => client.frames.length > 0 || client.closed);
    if (client.closed) throw new Error(`no welcome: ${JSON.stringify(client.closed)}`);
    return client;
  }

  /** Resolves with the answer to an upgrade that is not let in. */
  static async refused(host: string, options: Dialled = {}): Promise<Refused> {
    return refusalOf(dial(host, options));
  }

  get welcome(): Frame['data'] {
    return this.frames[0]?.data ?? {};
  }

  /** Sends a request and does not wait. @returns its id. */
  send(event: string, data: object = {}): number {
    const id = this.#nextId++;
    this.ws.send(JSON.stringify({ event, id, data }));
    return id;
  }

  /** Resolves with the reply, `ok` or `error`. */
  async ask(event: string, data: object = {}): Promise<Frame> {
    return this.reply(this.send(event, data));
  }

  /** Resolves with the reply to this id. @throws {Error} where none comes. */
  async reply(id: number): Promise<Frame> {
    return until(`a reply to ${String(id)}`, () => {
      const frame = this.frames.find((it) => it.id === id);
      if (!frame && this.closed) throw new Error(`closed: ${JSON.stringify(this.closed)}`);
      return frame;
    });
  }

  /** Replies to requests, of this event and code. */
  errors(code: string): Frame[] {
    return this.frames.filter(({ event, data }) => event === 'error' && data['code'] === code);
  }

  /** Resolves with the close. @throws {Error} where it goes on. */
  async end(): Promise<{ code: number; reason: string }> {
    return until('the close', () => this.closed);
  }

  async close(): Promise<void> {
    if (this.ws.readyState === WebSocket.CLOSED) return;
    const closed = once(this.ws, 'close');
    this.ws.close();
    await closed;
  }

  /** Without a goodbye. */
  drop(): void {
    this.ws.terminate();
  }
}

/** The answer to an upgrade. @throws {Error} where it is let in. */
export async function refusalOf(ws: WebSocket): Promise<Refused> {
  ws.on('error', () => undefined);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    ws.once('unexpected-response', (_, answer) => {
      resolve(answer);
    });
    ws.once('open', () => {
      ws.terminate();
      reject(new Error('it was let in'));
    });
    ws.once('close', () => {
      reject(new Error('it was closed without an answer'));
    });
  });
  let text = '';
  for await (const part of response) text += String(part);
  ws.terminate();
  return {
    status: response.statusCode ?? 0,
    retryAfterSeconds: Number(response.headers['retry-after']),
    body: JSON.parse(text) as ErrorData,
  };
}

function dial(host: string, { token, from, ...options }: Dialled): WebSocket {
  return new WebSocket(`ws://${host}/ws`, [SUBPROTOCOL], {
    perMessageDeflate: false,
    ...options,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(from !== undefined && { 'x-forwarded-for': from }),
    },
  });
}
