import type { Socket } from 'node:net';
import { CLOSE_CODES, LIMITS, type CloseReason, type SessionUser } from '@hubbub/protocol';
import type { WebSocket } from 'ws';
import type { Session } from '../accounts/session';
import { Frame } from '../fanout/frame';
import type { Outgoing } from '../fanout/outgoing';
import { BACKLOG_LIMIT_BYTES, type Peer } from '../fanout/peer';
import type { LiveRoom } from '../rooms/live-room';
import type { Participant } from '../rooms/room.service';
import { Refusal } from '../refusal';
import { Lanes } from './lanes';
import { encodeError } from './request';

/** With this many requests unanswered a connection is not read any more until half of them are. */
const IN_FLIGHT_MAX = 256;
const BAD_FRAME_WINDOW_MS = 60_000;

/** What `ws` keeps and its type declarations do not describe. */
interface Internals {
  _socket: Socket | null;
  _extensions: Record<string, { params?: { server_max_window_bits?: number } } | undefined>;
}

/** One WebSocket: who it is, what it has joined, and the bytes that go to it. */
export class Connection implements Peer, Participant {
  readonly rooms = new Map<string, LiveRoom>();
  readonly lanes: Lanes;
  readonly #socket: Socket;
  readonly #isDeflated: boolean;
  #badFrames: number[] | undefined;
  #isPaused = false;
  /** When something last came from the client; `performance.now()`. */
  heardAt = performance.now();
  pingedAt = this.heardAt;

  constructor(
    readonly id: string,
    readonly ws: WebSocket,
    readonly session: Session | null,
    /** The client's address, as far as the proxies before this gateway are trusted. */
    readonly address: string,
  ) {
    const { _socket: socket, _extensions: extensions } = ws as unknown as Internals;
    if (!socket) throw new Error('a connection needs an open socket');
    this.#socket = socket;
    const deflate = extensions['permessage-deflate'];
    // The shared compressed frames use the full window: a client that asked for a smaller one gets plain frames.
    this.#isDeflated =
      deflate !== undefined && (deflate.params?.server_max_window_bits ?? 15) === 15;
    this.lanes = new Lanes((reply) => {
      this.writeText(reply);
    });
  }

  get user(): SessionUser | null {
    return this.session?.user ?? null;
  }

  get peer(): Peer {
    return this;
  }

  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN;
  }

  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /**
   * Past `ws`, whose own path would frame and compress anew for each socket. Everything of ours goes this way, replies too, so
   * that nothing overtakes anything.
   */
  write(outgoing: Outgoing): void {
    if (!this.isOpen) return;
    this.#socket.write(this.#isDeflated ? outgoing.deflated : outgoing.plain);
  }

  writeText(text: string): void {
    if (!this.isOpen) return;
    this.#socket.write(new Frame(text).plain);
    this.balance();
  }

  reconnect(): void {
    this.close('goingAway');
  }

  giveUp(): void {
    this.close('tooSlow');
  }

  close(reason: CloseReason): void {
    if (this.isOpen) this.ws.close(CLOSE_CODES[reason].code, reason);
  }

  /** Answers a frame that is none of the protocol. Too many of them end the connection (P7). */
  answerBad(id: number | null, refusal: Refusal): void {
    this.writeText(encodeError(id, refusal.toData()));
    this.noteBad();
  }

  noteBad(): void {
    const now = performance.now();
    const times = (this.#badFrames ??= []);
    times.push(now);
    if (times.length < LIMITS.badFramesPerMinute) return;
    if (now - (times.shift() ?? now) <= BAD_FRAME_WINDOW_MS) this.close('badFrames');
  }

  /**
   * Stops reading from a client that asks faster than it is answered, or that does not read its answers, so that neither can
   * fill this process' memory (G6).
   */
  balance(): void {
    const isFull = this.lanes.size >= IN_FLIGHT_MAX || this.backlogBytes > BACKLOG_LIMIT_BYTES;
    if (isFull && !this.#isPaused) {
      this.#isPaused = true;
      this.ws.pause();
      this.#socket.once('drain', () => {
        this.balance();
      });
    } else if (
      this.#isPaused &&
      this.lanes.size <= IN_FLIGHT_MAX / 2 &&
      this.backlogBytes <= BACKLOG_LIMIT_BYTES / 2
    ) {
      this.#isPaused = false;
      this.ws.resume();
    }
  }
}
