import { BACKOFF, CLOSE_CODES, SUBPROTOCOL, type CloseReason } from '@hubbub/protocol/tables';
import type { NoticeData, SessionUser, WelcomeData } from '@hubbub/protocol';
import { backoffMs, type Backoff } from './backoff';
import { Connection } from './connection';
import { Emitter, toError } from './emitter';
import { HubbubError } from './hubbub-error';
import { Outbox } from './outbox';
import { Room } from './room';
import { RoomFollower } from './room-follower';
import type {
  ClientEvents,
  ClientLog,
  ConnectionState,
  HubbubClientOptions,
  JoinOptions,
  LossReason,
  RoomEvents,
  WebSocketConstructor,
  WebSocketLike,
} from './types';

interface OpenRoom {
  room: Room;
  follower: RoomFollower;
}

/** A connection to a Hubbub cluster that comes back by itself, and the rooms joined over it. */
export class HubbubClient {
  readonly #options: HubbubClientOptions;
  readonly #backoff: Backoff;
  readonly #log: ClientLog;
  readonly #emitter = new Emitter<ClientEvents>((error) => {
    this.#report(error);
  });
  readonly #rooms = new Map<string, OpenRoom>();
  #state: ConnectionState = { status: 'idle' };
  #connection: Connection | null = null;
  /** The attempt that is going on; what comes of others is passed over. */
  #attempt: object | null = null;
  #attempts = 0;
  #user: SessionUser | null = null;
  #clockOffsetMs = 0;
  /** Set by a `drain` notice: when to come back after the close that follows. */
  #drainMs: number | null = null;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #goodTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HubbubClientOptions) {
    this.#options = options;
    this.#backoff = { ...BACKOFF, ...options.backoff, random: options.random ?? Math.random };
    this.#log = options.log ?? { warn: console.warn, error: console.error };
  }

  get state(): ConnectionState {
    return this.#state;
  }
  /** As the last welcome named it. Null: an anonymous viewer, or not known yet. */
  get user(): SessionUser | null {
    return this.#user;
  }
  /** The gateway's clock less this machine's: `Date.now() + clockOffsetMs` is the gateway's time, half a round trip aside. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** @returns what takes the listener off again. */
  on<E extends keyof ClientEvents>(
    event: E,
    listener: (...args: ClientEvents[E]) => void,
  ): () => void {
    return this.#emitter.on(event, listener);
  }

  /**
   * Connects, and stays connected until `close` or a close code that says not to come back; then it may be called again.
   * @throws where there is no WebSocket to connect with, or the address makes no sense.
   */
  connect(): void {
    if (this.#state.status !== 'idle' && this.#state.status !== 'closed') return;
    this.#attempts = 0;
    this.#open();
  }

  /**
   * Rooms and outboxes are kept: `connect` goes on with them. Requests that wait fail with `closed`.
   * Resolves once the socket is closed.
   */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#forget();
    // Before a listener hears of it, so that one that calls `connect` does not end this one's requests.
    const closing = connection?.close();
    this.#setDown(
      { status: 'closed', reason: 'closed-by-app', comeBack: 'no' },
      new HubbubError('closed', 'the client was closed'),
    );
    await closing;
  }

  /**
   * To be called when the way may be free again (a browser's `online` event, a page that is shown again): an attempt that
   * waits is made now; an open connection is asked whether it still is one.
   */
  retryNow(): void {
    if (this.#state.status === 'waiting') this.#open();
    else this.#connection?.probe();
  }

  /** The room of that slug, joined now or as soon as there is a connection, and again after each reconnect. */
  join(slug: string, options: JoinOptions = {}): Room {
    const known = this.#rooms.get(slug);
    if (known) {
      if (known.follower.state.status === 'refused') known.follower.rejoin();
      return known.room;
    }
    const opened = this.#openRoom(slug, options);
    this.#rooms.set(slug, opened);
    if (this.#state.status === 'open' && this.#connection) {
      opened.follower.attach(this.#connection, this.#user?.id ?? null);
    }
    return opened.room;
  }

  #openRoom(slug: string, { after, onEntries, onGap, onReset }: JoinOptions): OpenRoom {
    const emitter = new Emitter<RoomEvents>((error) => {
      this.#report(error);
    });
    const waitMs = (attempt: number) => backoffMs(attempt, this.#backoff);
    const follower = new RoomFollower({ slug, after, emitter, backoffMs: waitMs });
    const outbox = new Outbox({
      room: slug,
      follower,
      emitter,
      storage: this.#options.storage,
      limit: this.#options.outboxLimit ?? 100,
      backoffMs: waitMs,
      random: this.#backoff.random,
      user: () => this.#user?.id,
      report: (error) => {
        this.#report(error);
      },
    });
    if (onEntries) emitter.on('entries', onEntries);
    if (onGap) emitter.on('gap', onGap);
    if (onReset) emitter.on('reset', onReset);
    const room = new Room({
      slug,
      emitter,
      follower,
      outbox,
      requestTimeoutMs: this.#options.requestTimeoutMs ?? 10_000,
      left: () => this.#rooms.delete(slug),
    });
    return { room, follower };
  }

  /** @throws where the options do not say how to connect. */
  #opener(): (token: string | null) => WebSocketLike {
    const { connect } = this.#options;
    const url = socketUrl(this.#options.url);
    const protocols = [SUBPROTOCOL];
    if (connect) return (token) => connect({ url: url.href, protocols, token });
    const WebSocket =
      this.#options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
    if (!WebSocket) {
      throw new Error('there is no global WebSocket: give the class of the ws package as option');
    }
    return (token) => {
      if (token !== null) url.searchParams.set('token', token);
      else url.searchParams.delete('token');
      return new WebSocket(url.href, protocols);
    };
  }

  #open(): void {
    this.#forget();
    const opener = this.#opener();
    const attempt = {};
    this.#attempt = attempt;
    this.#attempts++;
    this.#connectTimer = setTimeout(() => {
      if (this.#connection) this.#connection.fail('timeout');
      else this.#lost('timeout');
    }, this.#options.connectTimeoutMs ?? 10_000);
    this.#setState({ status: 'connecting', attempt: this.#attempts });
    this.#token().then(
      (token) => {
        if (this.#attempt === attempt) this.#connectWith(() => opener(token), attempt);
      },
      (error: unknown) => {
        if (this.#attempt !== attempt) return;
        this.#report(toError(error));
        this.#lost('token');
      },
    );
  }

  async #token(): Promise<string | null> {
    const { token = null } = this.#options;
    return typeof token === 'function' ? token() : token;
  }

  #connectWith(open: () => WebSocketLike, attempt: object): void {
    try {
      this.#connection = this.#connectionOver(open(), () => this.#attempt === attempt);
    } catch (error) {
      this.#report(toError(error));
      this.#lost('unreachable');
    }
  }

  #connectionOver(socket: WebSocketLike, isCurrent: () => boolean): Connection {
    const { requestTimeoutMs = 10_000, heartbeatMs, pongTimeoutMs = 5_000 } = this.#options;
    const connection: Connection = new Connection(
      socket,
      { requestTimeoutMs, heartbeatMs, pongTimeoutMs },
      {
        welcome: (data) => {
          if (isCurrent()) this.#welcomed(connection, data);
        },
        log: (data) => this.#rooms.get(data.room)?.follower.receive(data),
        pulse: (data) => this.#rooms.get(data.room)?.follower.pulse(data),
        notice: (data) => {
          this.#noticed(data);
        },
        clock: (offsetMs) => {
          this.#clockOffsetMs = offsetMs;
        },
        end: (reason) => {
          if (isCurrent()) this.#lost(reason);
        },
        error: (error) => {
          this.#report(error);
        },
      },
    );
    return connection;
  }

  #welcomed(connection: Connection, welcome: WelcomeData): void {
    clearTimeout(this.#connectTimer);
    this.#goodTimer = setTimeout(() => {
      this.#attempts = 0;
    }, this.#backoff.resetAfterMs);
    this.#user = welcome.user;
    this.#log.info?.(`connected to ${welcome.gateway}`);
    this.#setState({ status: 'open', welcome });
    for (const { follower } of [...this.#rooms.values()]) {
      // A listener may have closed the client.
      if (this.#connection !== connection) return;
      follower.attach(connection, welcome.user?.id ?? null);
    }
  }

  #noticed(notice: NoticeData): void {
    this.#drainMs = notice.reconnectInMs;
    this.#emitter.emit('notice', notice);
  }

  #lost(reason: LossReason): void {
    const drainMs = this.#drainMs;
    this.#forget();
    const comeBack = isCloseReason(reason) ? CLOSE_CODES[reason].comeBack : 'backoff';
    if (isCloseReason(reason) && comeBack !== 'backoff') {
      this.#log.warn?.(`not connected any more: ${reason}`);
      const error = new HubbubError('closed', `not connected any more: ${reason}`);
      this.#setDown({ status: 'closed', reason, comeBack }, error);
      return;
    }
    const { firstMs, random } = this.#backoff;
    const delayMs =
      drainMs === null
        ? backoffMs(Math.max(this.#attempts, 1), this.#backoff)
        : drainMs + Math.round(random() * firstMs);
    this.#retryTimer = setTimeout(() => {
      this.#open();
    }, delayMs);
    this.#log.info?.(`connection ${reason}, again in ${String(delayMs)} ms`);
    const retryAt = Date.now() + delayMs;
    this.#setDown({ status: 'waiting', retryAt, attempt: this.#attempts, reason }, null);
  }

  /** The connection, or the attempt at one, is of no use any more. */
  #forget(): void {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#goodTimer);
    this.#connection = null;
    this.#attempt = null;
    this.#drainMs = null;
  }

  /** Without a connection; with `error`, there will be none by itself. */
  #setDown(state: ConnectionState, error: HubbubError | null): void {
    this.#state = state;
    for (const { follower } of [...this.#rooms.values()]) follower.detach(error);
    // A room's listener may have changed it already.
    if (this.#state === state) this.#emitter.emit('state', state);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#emitter.emit('state', state);
  }

  /** What nobody listens to is logged. */
  #report(error: Error): void {
    if (!this.#emitter.emit('error', error)) this.#log.error?.(error.message, error);
  }
}

function isCloseReason(reason: LossReason): reason is CloseReason {
  return reason in CLOSE_CODES;
}

/** @throws TypeError where it is no address. */
function socketUrl(address: string): URL {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const url = new URL(address, page);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  return url;
}
