import type { Socket } from 'node:net';
import type { RawData } from 'ws';
import type { Rest } from './receivers';
import type { Turns } from './turns';

/** As it has come, and is not taken yet. */
export interface Frame {
  readonly data: RawData;
  readonly isBinary: boolean;
  /** When it was read; `performance.now()`. */
  readonly at: number;
}

/** Who frames wait for. */
export interface Taker {
  /** Whether it has as many requests under way as it may have. */
  readonly isFull: boolean;
  /** `dueAt`: since when the frame has waited for its turn only, `performance.now()`: before, its taker was full. */
  takeFrame(frame: Frame, dueAt: number): void;
  /** Something waits now, or nothing does any more. */
  balance(): void;
}

/** What has come from a client and waits: frames, and behind them bytes that are not even read. */
export class Inbox {
  readonly #frames: Frame[] = [];
  #rest: Rest | undefined;
  /** Whether it has asked for a turn, to take one of them. */
  #isInLine = false;
  /** When its taker was last full. */
  #fullAt = -Infinity;

  /** @param socket the client's. */
  constructor(
    private readonly taker: Taker,
    private readonly turns: Turns,
    private readonly socket: Socket,
  ) {}

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.size === 0 && this.#rest === undefined;
  }

  /** Frames that wait. */
  get size(): number {
    return this.#frames.length;
  }

  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#askForTurn();
  }

  /** Keeps what has come behind the frames: until they are taken, or until the socket is closed. */
  hold(rest: Rest): void {
    if (this.socket.destroyed) {
      rest.drop();
      return;
    }
    this.#rest = rest;
    // For `ws` a connection is closed only when all that came is read or dropped.
    this.socket.once('close', this.#drop);
  }

  /** To be called when the taker, which may have been full, has an answer. */
  answered(): void {
    if (this.#frames.length === 0) return;
    // Who waits and has not asked for a turn was full.
    if (!this.#isInLine) this.#fullAt = performance.now();
    this.#askForTurn();
  }

  /** Nobody is to get the frames any more. */
  clear(): void {
    this.#frames.length = 0;
  }

  /** One frame in a turn: who sends one is not behind all of somebody who sends hundreds. */
  #askForTurn(): void {
    if (this.#isInLine || this.#frames.length === 0 || this.taker.isFull) return;
    this.#isInLine = true;
    this.turns.add(this.#takeTurn);
  }

  readonly #takeTurn = (): void => {
    this.#isInLine = false;
    // Others may have taken the room meanwhile: then it asks again with its taker's next answer.
    if (this.taker.isFull) return;
    this.#takeNext();
    this.#askForTurn();
    this.taker.balance();
  };

  #takeNext(): void {
    const next = this.#frames.shift();
    if (next) this.taker.takeFrame(next, Math.max(next.at, this.#fullAt));
    if (this.#frames.length === 0) this.#takeRest()?.readOn();
  }

  /** It is read on or dropped once. */
  #takeRest(): Rest | undefined {
    const rest = this.#rest;
    if (!rest) return undefined;
    this.#rest = undefined;
    this.socket.off('close', this.#drop);
    return rest;
  }

  readonly #drop = (): void => {
    this.#takeRest()?.drop();
  };
}
