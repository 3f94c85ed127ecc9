import { Frame } from '../../fanout/frame';
import type { Outgoing } from '../../fanout/outgoing';
import { TOPIC_BACKLOG_LIMIT_BYTES } from '../../fanout/peer';
import { CLOSES } from '../protocol';
import type { Transport } from '../transport';
import type { Receiver } from './receiver';
import {
  batchOf,
  closeFrame,
  HEARTBEAT,
  MessageBatch,
  NOTHING,
  type SockjsFrame,
} from './sockjs-frames';

/** A session that nobody asks for its messages has ended after this. */
const ABSENCE_MAX_MS = 10_000;
/** Within what proxies let a response be silent. */
const HEARTBEAT_MS = 25_000;
/** A client that streams and does not answer a heartbeat is gone, or what it sends arrives at another gateway. */
const ANSWER_MAX_MS = 20_000;
/** The connection went without a close, RFC 6455, 7.1.5. */
const ABNORMAL = 1006;

export interface XhrTransportOptions {
  /** What the first receiver is told first. */
  readonly greeting: SockjsFrame;
  /** The Pusher connection has ended. Called once. */
  readonly onEnded: (code: number) => void;
  /** Nothing is left to be fetched: the session can be forgotten. Called once, not before `onEnded`. */
  readonly onOver: () => void;
}

/**
 * The way to a client without a WebSocket: messages wait here until it asks for them, and go out at once while a request of its
 * waits. What waits is bounded (G6).
 */
export class XhrTransport implements Transport {
  readonly #options: XhrTransportOptions;
  #state: 'open' | 'closing' | 'over' = 'open';
  /** With one, nothing is waiting. */
  #receiver: Receiver | null = null;
  #waiting: MessageBatch[] = [];
  #waitingBytes = 0;
  #greeting: SockjsFrame | null;
  #farewell: SockjsFrame | null = null;
  /** When the last response went out; Infinity while one is on its way. */
  #absentSince = Infinity;
  #heartbeatAt = performance.now();
  #askedAt = Infinity;

  constructor(options: XhrTransportOptions) {
    this.#options = options;
    this.#greeting = options.greeting;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get backlogBytes(): number {
    return this.#waitingBytes + (this.#receiver?.backlogBytes ?? 0);
  }

  write(outgoing: Outgoing): void {
    if (!this.isOpen) return;
    const batch = batchOf(outgoing);
    if (this.#receiver) {
      this.#send(batch.frame);
    } else {
      this.#waiting.push(batch);
      this.#waitingBytes += batch.sizeBytes;
    }
    if (this.backlogBytes > TOPIC_BACKLOG_LIMIT_BYTES) this.giveUp();
  }

  writeText(text: string): void {
    this.write(new Frame(text));
  }

  /** A client that streams answers; one that polls has the ping with its answer, and comes back for the next. */
  ping(): void {
    const now = performance.now();
    this.#heartbeatAt = now;
    if (this.#send(HEARTBEAT)) this.#askedAt = Math.min(this.#askedAt, now);
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#state = 'closing';
    this.#farewell = closeFrame(code, reason);
    this.#options.onEnded(code);
    this.#flush();
  }

  /** Whoever does not read would not read a close either; it finds its session gone, and comes back. */
  giveUp(): void {
    this.#abandon(CLOSES.tooSlow.code);
  }

  terminate(): void {
    this.#abandon(ABNORMAL);
  }

  /** The client asks for what is waiting, and for what comes. @returns false where another request of its waits already. */
  attach(receiver: Receiver): boolean {
    if (this.#receiver) return false;
    this.#receiver = receiver;
    this.#absentSince = Infinity;
    receiver.onClose(() => {
      // A client that leaves a response which has not ended does not come back to it.
      if (this.#receiver === receiver) this.terminate();
      else if (!this.#receiver) this.#absentSince = performance.now();
    });
    if (this.#greeting) {
      const greeting = this.#greeting;
      this.#greeting = null;
      this.#send(greeting);
    }
    this.#flush();
    return true;
  }

  /** Something came from the client. */
  noteAnswer(): void {
    this.#askedAt = Infinity;
  }

  /** The client wants to know that the server is there. */
  answer(): void {
    if (this.#receiver) this.#send(NOTHING);
  }

  /** To be called about every second. */
  check(now: number): void {
    if (now - this.#absentSince > ABSENCE_MAX_MS) this.terminate();
    else if (now - this.#askedAt > ANSWER_MAX_MS) {
      this.close(CLOSES.silent.code, CLOSES.silent.message);
    } else if (this.#receiver && now - this.#heartbeatAt >= HEARTBEAT_MS) {
      this.ping();
    }
  }

  /** True: the receiver takes more. */
  #send(frame: SockjsFrame): boolean {
    const takesMore = this.#receiver?.write(frame) ?? false;
    if (!takesMore) this.#receiver = null;
    return takesMore;
  }

  #flush(): void {
    if (!this.#receiver) return;
    if (this.#waiting.length > 0) {
      const frame = MessageBatch.join(this.#waiting);
      this.#forget();
      this.#send(frame);
    }
    this.#sayFarewell();
  }

  #sayFarewell(): void {
    const receiver = this.#receiver;
    if (!this.#farewell || !receiver) return;
    this.#receiver = null;
    receiver.end(this.#farewell);
    this.#leave();
  }

  #abandon(code: number): void {
    if (this.#state === 'over') return;
    if (this.isOpen) this.#options.onEnded(code);
    const receiver = this.#receiver;
    this.#receiver = null;
    receiver?.destroy();
    this.#leave();
  }

  #leave(): void {
    this.#state = 'over';
    this.#forget();
    this.#options.onOver();
  }

  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
