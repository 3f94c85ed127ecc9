import { CLOSED_BY_SERVER, Connection, type ConnectionListener } from './connection';
import type { SenderDialect } from './dialects/dialect';
import { CLOSE, FrameReader, PING, TEXT } from './frames';
import { Handshake } from './handshake';
import type { Outcome, Sender } from './sender';
import type { Message } from './workload';

export interface SocketSenderOptions {
  dialect: SenderDialect;
  port: number;
  rooms: string[];
  token: string | undefined;
}

/** A sender with a WebSocket of its own. */
export class SocketSender implements Sender, ConnectionListener {
  readonly #options: SocketSenderOptions;
  readonly #connection: Connection;
  readonly #handshake: Handshake<null>;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, { dueAt: number; outcome: Outcome }>();
  #isIn = false;
  #lastId = 0;

  private constructor(options: SocketSenderOptions) {
    const { dialect, port, rooms, token } = options;
    this.#options = options;
    this.#handshake = new Handshake(dialect.enter(rooms), (text) => {
      this.#connection.say(text);
    });
    this.#connection = new Connection(
      { port, path: dialect.path(token), isCompressed: false },
      this,
    );
  }

  /** @throws {Error} where the server refuses it, or says nothing. */
  static async open(options: SocketSenderOptions): Promise<SocketSender> {
    const sender = new SocketSender(options);
    try {
      await sender.#handshake.done;
    } catch (error) {
      sender.close();
      throw error;
    }
    return sender;
  }

  get isAnswered(): boolean {
    return this.#options.dialect.replyIn !== null;
  }

  send(message: Message, dueAt: number, outcome: Outcome): void {
    const { dialect } = this.#options;
    if (this.#connection.isClosed) {
      outcome({ dueAt, refusal: 'the connection is closed' });
      return;
    }
    const id = ++this.#lastId;
    if (this.isAnswered) this.#waiting.set(id, { dueAt, outcome });
    this.#connection.queue(dialect.encode(message, id));
  }

  flush(): void {
    this.#connection.flush();
  }

  close(): void {
    this.#connection.drop();
  }

  opened(): void {
    this.#isIn = this.#handshake.start();
  }

  closed(reason: string): void {
    this.#handshake.fail(reason);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { dueAt, outcome } of waiting) outcome({ dueAt, refusal: reason });
  }

  read(bytes: Buffer): void {
    this.#reader.read(bytes, (first, payload) => {
      this.#take(first & 0x0f, payload);
      return true;
    });
    // What an outcome asks to be said.
    this.flush();
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === PING) this.#connection.pong();
    else if (opcode === CLOSE) this.#connection.close(CLOSED_BY_SERVER);
    else if (opcode === TEXT) this.#hear(payload);
  }

  #hear(payload: Buffer): void {
    const { dialect } = this.#options;
    if (!this.#isIn) {
      this.#isIn = this.#handshake.take(payload.toString());
      return;
    }
    if (dialect.pong !== null && payload.length === 1) this.#connection.queue(dialect.pong);
    const reply = dialect.replyIn?.(payload);
    const waiting = reply && this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    waiting.outcome({ dueAt: waiting.dueAt, refusal: reply.refusal });
  }
}
