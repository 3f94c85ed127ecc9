import { once } from 'node:events';
import { WebSocket } from 'ws';
import { sign } from '../signature';

/** A message of the server. `data` is parsed where it is a string of JSON. */
export interface Message {
  event: string;
  channel?: string;
  data?: unknown;
  user_id?: string;
}

export interface Credentials {
  key: string;
  secret: string;
}

const PATIENCE_MS = 10_000;

/** A client that shares no code with any library: it keeps what it is sent, as it came. */
export class TestClient {
  readonly texts: string[] = [];
  readonly #ws: WebSocket;
  readonly #credentials: Credentials;
  #read = 0;
  #wake: () => void = () => undefined;
  socketId = '';
  /** Once it is closed. */
  closed: { code: number; reason: string } | null = null;

  private constructor(url: string, credentials: Credentials, headers: Record<string, string> = {}) {
    this.#credentials = credentials;
    this.#ws = new WebSocket(url, { perMessageDeflate: false, headers });
    this.#ws.on('message', (data: Buffer) => {
      this.texts.push(data.toString());
      this.#wake();
    });
    this.#ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    this.#ws.on('error', () => undefined);
  }

  /** Opens the socket and does not wait for anything. */
  static dial(url: string, credentials: Credentials, headers?: Record<string, string>): TestClient {
    return new TestClient(url, credentials, headers);
  }

  /** Resolves when the connection is established. */
  static async connect(url: string, credentials: Credentials): Promise<TestClient> {
    const client = new TestClient(url, credentials);
    const { data } = await client.next('pusher:connection_established');
    client.socketId = (JSON.parse(data as string) as { socket_id: string }).socket_id;
    return client;
  }

  get messages(): Message[] {
    return this.texts.map((text) => JSON.parse(text) as Message);
  }

  /** The next message of this event, past those that were read. @throws {Error} where none comes. */
  async next(event: string, channel?: string): Promise<Message> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      while (this.#read < this.texts.length) {
        const message = JSON.parse(this.texts[this.#read++] ?? '') as Message;
        const isOfChannel = channel === undefined || message.channel === channel;
        if (message.event === event && isOfChannel) return message;
      }
      if (this.closed || performance.now() > giveUpAt) {
        throw new Error(
          `no ${event} came (${JSON.stringify(this.closed)}): ${this.texts.join('\n')}`,
        );
      }
      await this.#wait(giveUpAt - performance.now());
    }
  }

  /** Resolves with the close's code and reason. */
  async end(): Promise<{ code: number; reason: string }> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!this.closed) {
      if (performance.now() > giveUpAt) throw new Error('it is not closed');
      await this.#wait(giveUpAt - performance.now());
    }
    return this.closed;
  }

  send(message: object | string): void {
    this.#ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(channel: string, data: object = {}): void {
    this.send({ event: 'pusher:subscribe', data: { channel, ...data } });
  }

  /** Subscribes, signed where the name asks for it, and resolves when that has succeeded. */
  async join(channel: string, member?: { user_id: string | number; user_info?: unknown }) {
    this.subscribe(channel, this.authFor(channel, member));
    return this.next('pusher_internal:subscription_succeeded', channel);
  }

  authFor(channel: string, member?: object): object {
    if (!/^(private|presence)-/.test(channel)) return {};
    const { key, secret } = this.#credentials;
    const data = member ? JSON.stringify(member) : undefined;
    const signed = [this.socketId, channel, ...(data ? [data] : [])].join(':');
    return { auth: `${key}:${sign(secret, signed)}`, ...(data && { channel_data: data }) };
  }

  signIn(user: object): void {
    this.send({ event: 'pusher:signin', data: this.signInData(JSON.stringify(user)) });
  }

  signInData(userData: string): object {
    const { key, secret } = this.#credentials;
    const auth = `${key}:${sign(secret, `${this.socketId}::user::${userData}`)}`;
    return { auth, user_data: userData };
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#ws.pause();
  }

  /** Resolves when everything that was sent before this has been answered. */
  async settle(): Promise<void> {
    this.send({ event: 'pusher:ping', data: {} });
    await this.next('pusher:pong');
  }

  /** Without a goodbye. */
  drop(): void {
    this.#ws.terminate();
  }

  async close(): Promise<void> {
    if (this.#ws.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#ws, 'close');
    this.#ws.close();
    await closed;
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
