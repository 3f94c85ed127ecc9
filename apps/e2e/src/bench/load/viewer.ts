import { crc32 } from 'node:zlib';
import { CLOSED_BY_SERVER, Connection, type ConnectionListener } from './connection';
import type { ViewerDialect } from './dialects/dialect';
import { CLOSE, FrameCounter, FrameReader, PING, RSV1, TEXT } from './frames';
import { Handshake } from './handshake';
import { Inflater } from './inflater';
import type { Tally } from './tally';

export interface ViewerOptions {
  dialect: ViewerDialect;
  port: number;
  room: string;
  isCompressed: boolean;
  /** Looks at all that it gets and takes the time; the others only count. */
  isSampled: boolean;
  /** Asked for each frame. */
  tally: () => Tally;
}

/** Who watches a room, and counts what comes. */
export class Viewer implements ConnectionListener {
  readonly isSampled: boolean;
  readonly #options: ViewerOptions;
  readonly #connection: Connection;
  readonly #handshake: Handshake<number | null>;
  readonly #reader = new FrameReader();
  #counter: FrameCounter | null = null;
  #inflater: Inflater | null = null;
  #isJoined = false;
  /** The sequence that the next range begins with; null where there is no log. */
  #next: number | null = null;

  private constructor(options: ViewerOptions) {
    const { dialect, port, room, isCompressed, isSampled } = options;
    this.#options = options;
    this.isSampled = isSampled;
    this.#handshake = new Handshake(dialect.join(room), (text) => {
      this.#connection.say(text);
    });
    this.#connection = new Connection({ port, path: dialect.path(), isCompressed }, this);
  }

  /**
   * Resolves when the room is joined.
   *
   * @throws {Error} where the server refuses it, or says nothing.
   */
  static async open(options: ViewerOptions): Promise<Viewer> {
    const viewer = new Viewer(options);
    try {
      await viewer.#handshake.done;
    } catch (error) {
      viewer.drop();
      throw error;
    }
    return viewer;
  }

  get isClosed(): boolean {
    return this.#connection.isClosed;
  }

  /** Reads, and then no more until it is its turn again. */
  takeTurn(): void {
    this.#connection.takesTurns = true;
    this.#connection.resume();
  }

  readAtOnce(): void {
    this.#connection.takesTurns = false;
    this.#connection.resume();
  }

  keepAlive(): void {
    const { keepalive } = this.#options.dialect;
    if (keepalive !== null && !this.isClosed) this.#connection.say(keepalive);
  }

  drop(): void {
    this.#connection.drop();
  }

  opened({ hasContextTakeover }: { hasContextTakeover: boolean }): void {
    this.#inflater = new Inflater(hasContextTakeover);
    this.#handshake.start();
  }

  closed(reason: string): void {
    this.#handshake.fail(reason);
  }

  read(bytes: Buffer): void {
    if (this.#counter) {
      this.#counter.read(bytes);
      return;
    }
    this.#reader.read(bytes, (first, payload) => {
      this.#take(first, payload);
      return !this.#counter;
    });
    this.#countRest();
  }

  /** A frame may have been the last that is read, and the first that is counted came with it. */
  #countRest(): void {
    this.#counter?.read(this.#reader.takeRest());
  }

  #take(first: number, payload: Buffer): void {
    const opcode = first & 0x0f;
    if (opcode !== TEXT) this.#control(opcode);
    else if (!this.#isJoined) this.#greet(this.#text(first, payload));
    else this.#look(first, payload);
  }

  #look(first: number, payload: Buffer): void {
    try {
      if (this.#options.dialect.kindOf === null) this.#countLog(first, payload);
      else this.#countMessage(first, payload);
    } catch (error) {
      this.#options.tally().note(String(error));
    }
  }

  #greet(text: string): void {
    this.#isJoined = this.#handshake.take(text);
    if (!this.#isJoined) return;
    const head = this.#handshake.result ?? null;
    this.#next = head === null ? null : head + 1;
    const { kindOf } = this.#options.dialect;
    if (kindOf === null || this.isSampled) return;
    this.#counter = new FrameCounter((first, payloadBytes) => {
      const opcode = first & 0x0f;
      if (opcode !== TEXT) this.#control(opcode);
      else this.#countHeader(kindOf(payloadBytes, (first & RSV1) !== 0), payloadBytes);
    });
  }

  #countHeader(kind: 'message' | 'ping' | 'other', payloadBytes: number): void {
    if (kind === 'message') this.#options.tally().count(1, frameBytes(payloadBytes));
    else if (kind === 'ping') this.#pong();
  }

  /** A frame with one message, which a sampled viewer reads. */
  #countMessage(first: number, payload: Buffer): void {
    const { dialect, tally } = this.#options;
    const content = dialect.read(this.#text(first, payload));
    if (!content) {
      const kind = dialect.kindOf?.(payload.length, (first & RSV1) !== 0);
      if (kind === 'ping') this.#pong();
      return;
    }
    const current = tally();
    const indexes = content.indexes.filter((index) => index >= current.schedule.first);
    if (indexes.length === 0) return;
    current.count(indexes.length, frameBytes(payload.length));
    current.see(indexes);
  }

  /** A frame with any number of messages, that other viewers get as well. */
  #countLog(first: number, payload: Buffer): void {
    const tally = this.#options.tally();
    // With the length, what two of some thousand frames do not share.
    const sum = payload.length * 2 ** 32 + crc32(payload);
    const { content, inflated } = tally.opened(sum, () => {
      const text = this.#inflated(first, payload);
      const isCompressed = text !== payload;
      return {
        inflated: isCompressed ? text : null,
        content: this.#options.dialect.read(text.toString()),
      };
    });
    // Whoever has inflated it, later messages may refer to it.
    if (inflated) this.#inflater?.keep(inflated);
    if (!content) return;
    if (content.range) {
      if (this.#next !== null && content.range.from !== this.#next) {
        tally.note('a range that does not begin where the last one ended');
      }
      this.#next = content.range.to + 1;
    }
    tally.omitted += content.omitted;
    tally.count(content.indexes.length, frameBytes(payload.length));
    if (this.isSampled) tally.see(content.indexes);
  }

  #text(first: number, payload: Buffer): string {
    const text = this.#inflated(first, payload);
    if (text !== payload) this.#inflater?.keep(text);
    return text.toString();
  }

  /** The payload itself where it came in the clear. */
  #inflated(first: number, payload: Buffer): Buffer {
    const isCompressed = (first & RSV1) !== 0;
    return isCompressed && this.#inflater ? this.#inflater.inflate(payload) : payload;
  }

  #pong(): void {
    const { pong } = this.#options.dialect;
    if (pong !== null) this.#connection.say(pong);
  }

  #control(opcode: number): void {
    if (opcode === PING) this.#connection.pong();
    else if (opcode === CLOSE) this.#connection.close(CLOSED_BY_SERVER);
  }
}

/** With its header. */
function frameBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return payloadBytes + 2;
  return payloadBytes + (payloadBytes < 65_536 ? 4 : 10);
}
