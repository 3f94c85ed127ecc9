import { CLOSE_CODES, LIMITS, type CloseReason } from '@hubbub/protocol/tables';
import type {
  ErrorData,
  LogData,
  NoticeData,
  PulseData,
  ReplyData,
  RequestEvent,
  RequestInput,
  WelcomeData,
} from '@hubbub/protocol';
import { toError } from './emitter';
import { HubbubError } from './hubbub-error';
import type { LossReason, WebSocketLike } from './types';

export interface ConnectionOptions {
  requestTimeoutMs: number;
  /** Undefined: what the welcome names. */
  heartbeatMs: number | undefined;
  pongTimeoutMs: number;
}

export interface ConnectionEvents {
  welcome(data: WelcomeData): void;
  log(data: LogData): void;
  pulse(data: PulseData): void;
  notice(data: NoticeData): void;
  /** The gateway's clock less this machine's, in milliseconds. */
  clock(offsetMs: number): void;
  /** Called once, and nothing after it. Not called after `close`. */
  end(reason: LossReason): void;
  error(error: Error): void;
}

interface PendingRequest {
  resolve: (data: unknown) => void;
  reject: (error: HubbubError) => void;
  timer: ReturnType<typeof setTimeout>;
}

type Json = Record<string, unknown>;

/** How long a socket that is told to close may take before it is torn down. */
const CLOSE_TIMEOUT_MS = 1_000;

/** One socket from its opening to its end: requests and their replies, and the watch over its silence. */
export class Connection {
  readonly #socket: WebSocketLike;
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #pending = new Map<number, PendingRequest>();
  #lastId = 0;
  #isOpen = false;
  #isOver = false;
  /** Half heartbeats since the last frame. */
  #quietTicks = 0;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #isProbing = false;
  #failure = '';

  constructor(socket: WebSocketLike, options: ConnectionOptions, events: ConnectionEvents) {
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    socket.onopen = () => {
      this.#isOpen = true;
    };
    socket.onmessage = (event: { data: unknown }) => {
      this.#receive(event.data);
    };
    socket.onerror = (event: { message?: unknown }) => {
      if (typeof event.message === 'string') this.#failure = event.message;
    };
    socket.onclose = (event: { code: number }) => {
      this.#end(this.#reasonOf(event.code));
    };
  }

  /**
   * Rejects with the `HubbubError` of the reply, `too_long` where the frame would be too large for the gateway,
   * `timeout`, or `disconnected`.
   */
  request<E extends RequestEvent>(
    event: E,
    data: RequestInput<E>,
    timeoutMs = this.#options.requestTimeoutMs,
  ): Promise<ReplyData<E>> {
    const id = ++this.#lastId;
    const frame = JSON.stringify({ event, id, data });
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(new HubbubError('disconnected', 'there is no connection'));
        return;
      }
      // A larger frame would cost the connection (P1).
      if (byteLength(frame) > LIMITS.frameBytes) {
        reject(new HubbubError('too_long', `${event} is too large to be sent`));
        return;
      }
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new HubbubError('timeout', `no reply to ${event} in ${String(timeoutMs)} ms`));
      }, timeoutMs);
      this.#pending.set(id, { resolve: resolve as (data: unknown) => void, reject, timer });
      this.#socket.send(frame);
    });
  }

  /** Asks whether the gateway is there, and gives the connection up where no frame comes in time. */
  probe(): void {
    if (this.#isProbing || this.#isOver) return;
    this.#isProbing = true;
    this.#quietTicks = 1;
    const sentAt = Date.now();
    this.request('ping', {}, this.#options.pongTimeoutMs)
      .then(({ now }) => {
        if (isCount(now)) this.#events.clock(now - (sentAt + Date.now()) / 2);
      })
      .catch(() => {
        if (this.#quietTicks > 0) this.fail('silent');
      })
      .finally(() => {
        this.#isProbing = false;
      });
  }

  /** Gives the connection up, without waiting for the other side. */
  fail(reason: LossReason): void {
    if (this.#isOver) return;
    this.#end(reason);
    this.#socket.close(CLOSE_CODES.silent.code);
    terminate(this.#socket);
  }

  /** Resolves once the socket is closed, or torn down after a second. */
  close(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#settle(new HubbubError('closed', 'the client was closed'));
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        terminate(this.#socket);
        resolve();
      }, CLOSE_TIMEOUT_MS);
      this.#socket.onclose = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.close(1000);
    });
  }

  #end(reason: LossReason): void {
    if (this.#isOver) return;
    this.#settle(new HubbubError('disconnected', 'the connection was lost before the reply'));
    this.#events.end(reason);
  }

  #settle(error: HubbubError): void {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    // Stays listened to: a `ws` socket without an error listener that is closed while it opens ends the process.
    this.#socket.onerror = () => undefined;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
  }

  /** A 401 before the upgrade is seen through the `ws` package only; a browser hides it (then: `unreachable`). */
  #reasonOf(code: number): LossReason {
    if (!this.#isOpen) return /\b401\b/.test(this.#failure) ? 'sessionEnded' : 'unreachable';
    const names = Object.keys(CLOSE_CODES) as CloseReason[];
    return names.find((name) => CLOSE_CODES[name].code === code) ?? 'lost';
  }

  #receive(text: unknown): void {
    this.#quietTicks = 0;
    try {
      const frame: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
      if (!isJson(frame) || !isJson(frame['data'])) throw new Error('a frame makes no sense');
      this.#dispatch(frame, frame['data']);
    } catch (error) {
      this.#events.error(toError(error));
    }
  }

  /** An event that is not known is passed over. */
  #dispatch({ event, id }: Json, data: Json): void {
    switch (event) {
      case 'ok':
      case 'error':
        this.#reply(id, event === 'ok', data);
        break;
      case 'welcome':
        this.#welcome(data as WelcomeData);
        break;
      case 'log':
        if (!isLogData(data)) throw new Error('a log frame makes no sense');
        this.#events.log(data);
        break;
      case 'pulse':
        this.#events.pulse(data as PulseData);
        break;
      case 'notice':
        this.#events.notice(data as NoticeData);
        break;
    }
  }

  #reply(id: unknown, isOk: boolean, data: Json): void {
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (!pending || typeof id !== 'number') {
      // The reply to a request that timed out is of no use any more; one to no request at all is a bug.
      if (id === null) this.#events.error(new Error(`refused: ${JSON.stringify(data)}`));
      return;
    }
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    if (isOk) {
      pending.resolve(data);
      return;
    }
    const { code, message, retryAfterMs, field } = data as ErrorData;
    pending.reject(new HubbubError(code, message, { retryAfterMs, field }));
  }

  #welcome(data: WelcomeData): void {
    const heartbeatMs = this.#options.heartbeatMs ?? data.heartbeatMs;
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => {
      // The first may come right after a frame: three are one whole heartbeat at least.
      if (++this.#quietTicks >= 3) this.probe();
    }, heartbeatMs / 2);
    this.#events.clock(data.now - Date.now());
    this.#events.welcome(data);
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isLogData(data: Json): data is LogData {
  return isCount(data['from']) && isCount(data['to']) && areEntries(data['entries']);
}

/** Entries of a kind that is not known are entries too (P10). */
export function areEntries(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => isJson(entry) && isCount(entry['seq']));
}

function byteLength(text: string): number {
  return text.length * 3 <= LIMITS.frameBytes
    ? text.length
    : new TextEncoder().encode(text).byteLength;
}

/** The `ws` package's way to tear a socket down; browsers do it by themselves. */
function terminate(socket: WebSocketLike & { terminate?: () => void }): void {
  socket.terminate?.();
}
