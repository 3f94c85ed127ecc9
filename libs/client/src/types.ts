import type { CloseReason, ComeBack } from '@hubbub/protocol/tables';
import type {
  DanmakuStyle,
  Entry,
  NoticeData,
  PulseData,
  RoomDescription,
  RoomRole,
  WelcomeData,
} from '@hubbub/protocol';
import type { HubbubError } from './hubbub-error';

/** As much of a WebSocket as the client uses: a browser's and the one of the `ws` package both fit. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

/** What a `connect` factory opens a socket with. `url` carries no token: the factory puts it where it likes. */
export interface ConnectRequest {
  url: string;
  protocols: string[];
  token: string | null;
}
export type Connect = (request: ConnectRequest) => WebSocketLike;

/** A token, or what gives one; a function is asked before each attempt. Null: an anonymous viewer, or a cookie. */
export type TokenSource = string | (() => string | null | Promise<string | null>);

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type ClientLog = Partial<Record<LogLevel, (message: string, detail?: unknown) => void>>;

export interface BackoffOptions {
  /** The upper bound of the first delay; each further one doubles. */
  firstMs: number;
  maxMs: number;
  /** A connection that was open for so long starts the backoff afresh. */
  resetAfterMs: number;
}

export interface HubbubClientOptions {
  /** `ws(s)://…/ws`; `http(s)` is turned into it, and in a page `/ws` is of the page's host. */
  url: string;
  token?: TokenSource;
  /** Default: the global one. Node before 22 has none: give the class of the `ws` package. */
  WebSocket?: WebSocketConstructor;
  /** Opens the socket in place of `new WebSocket(url, protocols)`, to give it headers, an agent and the like. */
  connect?: Connect;
  /** Keeps what is not sent yet, over a reload of the page. Default: memory only. */
  storage?: OutboxStorage;
  /** Messages of one room that may wait to be sent. Default 100. */
  outboxLimit?: number;
  /** Where log lines go. Default: warnings and errors to the console. */
  log?: ClientLog;
  backoff?: Partial<BackoffOptions>;
  /** From the start of an attempt to the gateway's welcome. Default 10,000. */
  connectTimeoutMs?: number;
  /** From a call to its reply. Default 10,000. */
  requestTimeoutMs?: number;
  /** Silence after which the gateway is asked whether it is there. Default: what its welcome names. */
  heartbeatMs?: number;
  /** How long the answer to that may take before the connection is given up. Default 5,000. */
  pongTimeoutMs?: number;
  /** Uniform in [0, 1): for the jitter. Default `Math.random`. */
  random?: () => number;
}

/**
 * Why a connection was lost or not had: a close code's name, or `lost` (closed without one of these codes),
 * `unreachable` (never opened), `timeout` (no welcome in time), `token` (the token source failed).
 */
export type LossReason = CloseReason | 'lost' | 'unreachable' | 'timeout' | 'token';

/** `attempt` counts the attempts since the last good connection, from 1. */
export type ConnectionState =
  | { readonly status: 'idle' }
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'open'; readonly welcome: WelcomeData }
  | {
      readonly status: 'waiting';
      /** Unix time in milliseconds by this machine's clock. */
      readonly retryAt: number;
      readonly attempt: number;
      readonly reason: LossReason;
    }
  | {
      readonly status: 'closed';
      readonly reason: 'closed-by-app' | CloseReason;
      readonly comeBack: Exclude<ComeBack, 'backoff'>;
    };

export interface ClientEvents {
  state: [state: ConnectionState];
  notice: [notice: NoticeData];
  /** What should not happen: a listener that threw, a frame that makes no sense, storage that failed. */
  error: [error: Error];
}

/** `joining` also while there is no connection: `client.state` says more. */
export type RoomState =
  | { readonly status: 'joining'; readonly error?: HubbubError }
  | { readonly status: 'joined' }
  | { readonly status: 'refused'; readonly error: HubbubError }
  | { readonly status: 'left' };

/** What the caller is in a room. `mutedUntil` is Unix time in milliseconds by the gateway's clock. */
export interface RoomSelf {
  readonly role: RoomRole;
  readonly mutedUntil: number | null;
}

/** `omitted` entries of those from `from` to `to` (both included) are not given out; `room.history` has them. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly omitted: number;
  /**
   * True where the room is too busy for all to be given to everybody: such gaps come several a second, for as long as it is.
   * False where it was this client that was away, or too slow.
   */
  readonly thinned: boolean;
}

export interface EntriesContext {
  /** True for what came as it happened; false for what a join, a resume or a repair brought. */
  readonly live: boolean;
}

export interface RoomEvents {
  state: [state: RoomState];
  /** In sequence, each entry once, over all reconnects. */
  entries: [entries: readonly Entry[], context: EntriesContext];
  /** Comes before the entries that follow the gap. */
  gap: [gap: Gap];
  pulse: [pulse: PulseData];
  /** The log is shorter than what was already seen: forget everything; entries start over. */
  reset: [];
  /** The outbox after a change, and the message that changed (which is no longer in it once sent or discarded). */
  outbox: [outbox: readonly OutgoingMessage[], changed: OutgoingMessage];
  description: [description: RoomDescription];
  you: [you: RoomSelf];
}

export interface JoinOptions {
  /** The last sequence already known: 0 for the whole log. Default: from the latest 50 on. */
  after?: number;
  /** The same as `room.on('entries', …)` and so on, set before anything can arrive. */
  onEntries?: (entries: readonly Entry[], context: EntriesContext) => void;
  onGap?: (gap: Gap) => void;
  onReset?: () => void;
}

export interface Draft {
  text: string;
  danmaku?: DanmakuStyle;
  replyTo?: number;
  /** 8 to 64 characters of `[A-Za-z0-9_-]`, unique for each message. Default: made from random numbers. */
  key?: string;
}

export interface Sent {
  readonly seq: number;
  readonly at: number;
}

/** `queued`: waits for a connection or a time; `sending`: given to the gateway, not answered yet. */
export type OutgoingStatus = 'queued' | 'sending' | 'sent' | 'failed';

/** A message on its way. Its properties follow its fate; `room.on('outbox')` tells when. */
export interface OutgoingMessage {
  readonly room: string;
  readonly key: string;
  readonly text: string;
  readonly danmaku?: DanmakuStyle;
  readonly replyTo?: number;
  /** Unix time in milliseconds by this machine's clock. */
  readonly createdAt: number;
  readonly status: OutgoingStatus;
  /** Why it failed or, while `queued`, why it was put back. */
  readonly error?: HubbubError;
  /** The place in the log, once sent. */
  readonly seq?: number;
  readonly at?: number;
  /** Resolves once committed; rejects with a `HubbubError` once failed or discarded. A rejection may be left alone. */
  readonly done: Promise<Sent>;
  /** Sends a failed message again, with the same key and a new `done`. Otherwise does nothing. */
  retry(): void;
  /** Takes it out of the outbox. False, and nothing happens, while `sending` or when already sent. */
  discard(): boolean;
}

/** A message as it is kept. `user` is who it was written as, where that was known. */
export interface StoredMessage {
  key: string;
  text: string;
  danmaku?: DanmakuStyle;
  replyTo?: number;
  createdAt: number;
  user?: string;
}

/** Keeps the unsent messages of each room. An error that it throws is told by the client's `error` event. */
export interface OutboxStorage {
  load(room: string): StoredMessage[];
  /** Replaces what is kept for the room. */
  save(room: string, messages: StoredMessage[]): void;
}

/** Without `before` and `after`: the latest. `limit` is at most 200. */
export interface HistoryQuery {
  before?: number;
  after?: number;
  limit?: number;
}
export interface HistoryPage {
  /** Ascending. */
  entries: Entry[];
  more: boolean;
}
