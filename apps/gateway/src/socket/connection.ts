import type { Socket } from 'node:net';
import { CLOSE_CODES, LIMITS, type CloseReason, type SessionUser } from '@hubbub/protocol';
import { WebSocket, type RawData } from 'ws';
import type { Session } from '../accounts/session';
import type { InflateWindow, Outgoing } from '../fanout/outgoing';
import { BACKLOG_LIMIT_BYTES, type Peer } from '../fanout/peer';
import { textFrames } from '../fanout/text-frames';
import { FLOOD_MS, SHUT_OUT_MS, type Flow } from '../flow';
import type { LiveRoom } from '../rooms/live-room';
import type { Participant } from '../rooms/room.service';
import { Refusal } from '../refusal';
import { WriteThrough } from '../write-through';
import { Inbox, type Frame, type Taker } from './inbox';
import { Lanes } from './lanes';
import type { Reader, Receiver, Rest } from './receivers';
import { encodeError, type Request } from './request';
import type { TurnEnd } from './turn-end';
import type { Turns } from './turns';
import type { UnderWay } from './under-way';

/** A ping without data (RFC 6455, 5.5.2). */
const PING = Buffer.of(0x89, 0);
const BAD_FRAME_WINDOW_MS = 60_000;

/** The latest frame that a ping went out with: of many who get one, some hundred may be pinged with it. */
let latestPinged: { frame: Buffer; withPing: Buffer } | undefined;

/** What `ws` keeps and its type declarations do not describe. */
interface Internals {
  _socket: Socket | null;
  _receiver: Receiver;
  _extensions: Record<
    string,
    | { params?: { server_max_window_bits?: number; server_no_context_takeover?: boolean } }
    | undefined
  >;
}

/** `performance.now()`. */
export interface FrameTimes {
  /** When it was read. */
  readonly at: number;
  /** Since when only this gateway keeps it waiting: before, the connection had as many requests under way as it may have. */
  readonly dueAt: number;
}

/** What connections are part of. */
export interface ConnectionHost {
  readonly turnEnd: TurnEnd;
  readonly turns: Turns;
  readonly underWay: UnderWay;
  /** A text frame is taken. */
  received(connection: Connection, data: Buffer, times: FrameTimes): void;
  /** What came breaks RFC 6455. */
  broken(connection: Connection, error: Error): void;
  closed(connection: Connection, code: number): void;
}

/** A WebSocket that knows its connection, so that all of them share their listeners, and none holds closures of its own. */
export class RoomSocket extends WebSocket {
  connection: Connection | undefined;
}

export interface ConnectionOptions {
  id: string;
  ws: RoomSocket;
  session: Session | null;
  /** The client's address, as far as the proxies before this gateway are trusted. */
  address: string;
  /** What counts its frames; null where nobody does. */
  flow: Flow | null;
  host: ConnectionHost;
}

/** One WebSocket: who it is, what it has joined, and the bytes that go to it. */
export class Connection implements Peer, Participant, Reader, Taker {
  readonly id: string;
  readonly ws: RoomSocket;
  readonly session: Session | null;
  readonly address: string;
  readonly flow: Flow | null;
  readonly rooms = new Map<string, LiveRoom>();
  readonly #socket: Socket;
  readonly #network: WriteThrough;
  readonly #host: ConnectionHost;
  /** Null where it is sent nothing compressed. */
  readonly #window: InflateWindow | null;
  /** Made with the first request, and gone with the last answer: most connections only listen. */
  #lanes: Lanes | undefined;
  /** What was said in this turn, and is not written yet. */
  #texts: string[] | undefined;
  #badFrames: number[] | undefined;
  /** Made with the first frame that waits, and gone with the last: most connections only listen. */
  #inbox: Inbox | undefined;
  #isPaused = false;
  #awaitsDrain = false;
  /** When something last came from the client; `performance.now()`. */
  heardAt = performance.now();
  #pingedAt = this.heardAt;
  #isPingDue = false;

  constructor({ id, ws, session, address, flow, host }: ConnectionOptions) {
    this.id = id;
    this.ws = ws;
    this.session = session;
    this.address = address;
    this.flow = flow;
    this.#host = host;
    const internals = ws as unknown as Internals;
    const { _socket: socket, _receiver: receiver, _extensions: extensions } = internals;
    if (!socket) throw new Error('a connection needs an open socket');
    this.#socket = socket;
    this.#network = new WriteThrough(socket);
    const deflate = extensions['permessage-deflate'];
    // The shared compressed frames use the full window: a client that asked for a smaller one gets plain frames.
    this.#window =
      deflate && (deflate.params?.server_max_window_bits ?? 15) === 15
        ? { isKept: deflate.params?.server_no_context_takeover !== true, endsWith: null }
        : null;
    receiver.reader = this;
    ws.connection = this;
    ws.on('message', onMessage);
    ws.on('ping', onControl);
    ws.on('pong', onControl);
    ws.on('error', onError);
    ws.on('close', onClose);
  }

  /** Something has come from the client. */
  heard(): void {
    this.heardAt = performance.now();
  }

  /** Takes a frame at once, or when there is time for it. */
  receive(data: RawData, isBinary: boolean): void {
    this.heard();
    const frame = { data, isBinary, at: this.heardAt };
    if (this.hasRoom && !this.isFull && this.#host.turns.isFree()) {
      this.takeFrame(frame, frame.at);
      return;
    }
    this.#inbox ??= new Inbox(this, this.#host.turns, this.#socket);
    this.#inbox.add(frame);
    this.balance();
  }

  get hasRoom(): boolean {
    return this.#waiting === 0;
  }

  hold(rest: Rest): void {
    // Without one there is room.
    this.#inbox?.hold(rest);
  }

  takeFrame({ data, isBinary, at }: Frame, dueAt: number): void {
    if (isBinary) this.close('notText');
    else if (this.isOpen) this.#host.received(this, data as Buffer, { at, dueAt });
  }

  /** A ping, which `ws` answers by itself (and ends a client that does not read the answers), or a pong: both count as frames. */
  control(data: Buffer): void {
    this.heard();
    const waitMs = this.flow?.takeFrame(data.length, this.heardAt) ?? 0;
    if (waitMs > FLOOD_MS) this.shutOut('tooMany');
  }

  broken(error: Error): void {
    this.#host.broken(this, error);
  }

  ended(code: number): void {
    this.#inbox?.clear();
    this.#host.closed(this, code);
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

  /** Requests that are not answered yet. */
  get unanswered(): number {
    return this.#underWay + this.#waiting;
  }

  get isFull(): boolean {
    return !this.#host.underWay.hasRoomBeside(this.#underWay);
  }

  /** Takes a request: it is started when its turn has come. */
  take(request: Request): void {
    this.#lanes ??= new Lanes((reply) => {
      this.#host.underWay.remove();
      this.writeText(reply);
    });
    this.#host.underWay.add();
    this.#lanes.add(request);
    this.balance();
  }

  /** To be called when a request of the lane has its answer. */
  settle(lane: string): void {
    this.#lanes?.settle(lane);
    if (this.#lanes?.size === 0) this.#lanes = undefined;
    this.#inbox?.answered();
  }

  /**
   * Past `ws`, whose own path would frame and compress anew for each socket. Everything of ours goes this way, replies too, so
   * that nothing overtakes anything.
   */
  write(outgoing: Outgoing): void {
    if (!this.isOpen) return;
    if (this.#texts) this.flush();
    const frame = this.#window ? outgoing.deflatedFor(this.#window) : outgoing.plain;
    this.#network.write(this.#isPingDue ? this.#withPing(frame) : frame);
  }

  /** What is said in one turn of the event loop is written at its end, together: a write costs more than all before it. */
  writeText(text: string): void {
    if (!this.isOpen) return;
    if (this.#texts) {
      this.#texts.push(text);
      return;
    }
    this.#texts = [text];
    this.#host.turnEnd.add(this);
  }

  flush(): void {
    const texts = this.#texts;
    if (!texts) return;
    this.#texts = undefined;
    // Behind a close nothing may be sent any more (RFC 6455, 5.5.1).
    if (!this.isOpen) return;
    this.#socket.write(textFrames(texts));
    this.balance();
  }

  /** When the client was last asked whether it is there (P5); `performance.now()`. */
  get pingedAt(): number {
    return this.#pingedAt;
  }

  /** Asks the client with what is written next: a write of its own is nearly all that a ping costs. */
  pingSoon(): void {
    this.#isPingDue = true;
  }

  ping(): void {
    this.#notePing();
    if (this.isOpen) this.#network.write(PING);
  }

  reconnect(): void {
    this.close('goingAway');
  }

  giveUp(): void {
    this.close('tooSlow');
  }

  close(reason: CloseReason): void {
    this.flush();
    if (this.isOpen) this.ws.close(CLOSE_CODES[reason].code, reason);
  }

  /** Ends it although the client goes on sending, and so may never hear of the close. */
  shutOut(reason: CloseReason): void {
    if (!this.isOpen) return;
    this.close(reason);
    setTimeout(terminate, SHUT_OUT_MS, this.ws).unref();
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
    if (this.#inbox?.isEmpty) this.#inbox = undefined;
    const isSlow = this.backlogBytes > BACKLOG_LIMIT_BYTES * (this.#isPaused ? 0.5 : 1);
    if (isSlow) this.#awaitDrain();
    const waits = isSlow || this.#waiting > 0;
    if (waits === this.#isPaused) return;
    this.#isPaused = waits;
    if (waits) this.ws.pause();
    else this.ws.resume();
  }

  #withPing(frame: Buffer): Buffer {
    this.#notePing();
    if (latestPinged?.frame !== frame) {
      latestPinged = { frame, withPing: Buffer.concat([frame, PING]) };
    }
    return latestPinged.withPing;
  }

  #notePing(): void {
    this.#pingedAt = performance.now();
    this.#isPingDue = false;
  }

  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.once('drain', () => {
      this.#awaitsDrain = false;
      this.balance();
    });
  }

  get #underWay(): number {
    return this.#lanes?.size ?? 0;
  }

  /** Frames that are not taken yet. */
  get #waiting(): number {
    return this.#inbox?.size ?? 0;
  }
}

function terminate(ws: WebSocket): void {
  ws.terminate();
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as RoomSocket).connection?.receive(data, isBinary);
}

function onControl(this: WebSocket, data: Buffer): void {
  (this as RoomSocket).connection?.control(data);
}

function onError(this: WebSocket, error: Error): void {
  (this as RoomSocket).connection?.broken(error);
}

function onClose(this: WebSocket, code: number): void {
  (this as RoomSocket).connection?.ended(code);
}
