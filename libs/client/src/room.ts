import { LIMITS } from '@hubbub/protocol/tables';
import type { ReplyData, RequestEvent, RequestInput, RoomDescription } from '@hubbub/protocol';
import type { Emitter } from './emitter';
import { HubbubError } from './hubbub-error';
import type { Outbox } from './outbox';
import type { RoomFollower } from './room-follower';
import type {
  Draft,
  HistoryPage,
  HistoryQuery,
  OutgoingMessage,
  RoomEvents,
  RoomSelf,
  RoomState,
} from './types';

export interface RoomParts {
  slug: string;
  emitter: Emitter<RoomEvents>;
  follower: RoomFollower;
  outbox: Outbox;
  requestTimeoutMs: number;
  left: () => void;
}

/** `typing` is said at most so often. */
const TYPING_MS = 1_000;

/** One room, from `client.join` to `leave`, over all connections between. */
export class Room {
  readonly slug: string;
  readonly #parts: RoomParts;
  #typedAt = -Infinity;
  #read = 0;
  #readTold = 0;

  constructor(parts: RoomParts) {
    this.slug = parts.slug;
    this.#parts = parts;
    parts.emitter.on('state', ({ status }) => {
      if (status === 'joined') this.#tellRead();
    });
  }

  get state(): RoomState {
    return this.#parts.follower.state;
  }
  /** As of the entries given out so far. Null before the first join. */
  get description(): RoomDescription | null {
    return this.#parts.follower.description;
  }
  get you(): RoomSelf | null {
    return this.#parts.follower.you;
  }
  get viewers(): number {
    return this.#parts.follower.viewers;
  }
  /** The highest sequence that is known to be in the log. */
  get head(): number {
    return this.#parts.follower.head;
  }
  /** The sequence up to which entries and gaps were given out: what to resume after. Null before the first join. */
  get cursor(): number | null {
    return this.#parts.follower.cursor;
  }
  /** Messages on their way and failed ones, in the order of sending. A new array each time. */
  get outbox(): readonly OutgoingMessage[] {
    return this.#parts.outbox.messages;
  }

  /** @returns what takes the listener off again. */
  on<E extends keyof RoomEvents>(event: E, listener: (...args: RoomEvents[E]) => void): () => void {
    return this.#parts.emitter.on(event, listener);
  }

  /**
   * Puts a message into the outbox, from which it is sent when and as often as need be. Never throws: a message that
   * cannot be sent is `failed`.
   */
  send(draft: Draft): OutgoingMessage {
    return this.#parts.outbox.send(draft);
  }

  /** Safe to repeat, so it is asked again by itself where the connection is lost. Rejects with a `HubbubError`. */
  async history({ limit = 50, ...range }: HistoryQuery = {}): Promise<HistoryPage> {
    const bounded = Math.min(Math.max(limit, 1), LIMITS.historyPage);
    const deadline = performance.now() + this.#parts.requestTimeoutMs;
    for (;;) {
      try {
        return await this.#call('history', { room: this.slug, ...range, limit: bounded });
      } catch (error) {
        const isLost = error instanceof HubbubError && error.code === 'disconnected';
        if (!isLost || performance.now() >= deadline) throw error;
      }
    }
  }

  /** Withdraws a message: an own one, or as a moderator. Resolves to the sequence of the delete entry. */
  async delete(seq: number): Promise<number> {
    return (await this.#call('delete', { room: this.slug, seq })).seq;
  }

  async mute(user: string, options: { seconds?: number; reason?: string } = {}): Promise<number> {
    return (await this.#call('mute', { room: this.slug, user, ...options })).seq;
  }

  async unmute(user: string): Promise<number> {
    return (await this.#call('unmute', { room: this.slug, user })).seq;
  }

  /** Likes are of the moment: rejects at once where the room is not joined. A rejection may be left alone. */
  like(count = 1): Promise<void> {
    const liked = this.#now('like', {
      room: this.slug,
      count: Math.min(Math.max(count, 1), LIMITS.likesPerRequest),
    });
    liked.catch(() => undefined);
    return liked;
  }

  /** May be called at each key press: it is said at most once a second. */
  typing(): void {
    const now = performance.now();
    if (now - this.#typedAt < TYPING_MS) return;
    this.#typedAt = now;
    this.#now('typing', { room: this.slug }).catch(() => undefined);
  }

  /** The user has read up to here. Only the highest counts; it is told again after a lost connection. */
  read(seq: number): void {
    this.#read = Math.max(this.#read, seq);
    this.#tellRead();
  }

  /** Unsent messages fail with `closed`. Resolves once the gateway knows, or is not there to know. */
  async leave(): Promise<void> {
    if (this.state.status === 'left') return;
    this.#parts.left();
    await this.#parts.follower.leave();
  }

  /** Waits for the room to be joined, within the request's time. */
  async #call<E extends RequestEvent>(event: E, data: RequestInput<E>): Promise<ReplyData<E>> {
    const connection = await this.#parts.follower.joined(this.#parts.requestTimeoutMs);
    return connection.request(event, data);
  }

  async #now<E extends RequestEvent>(event: E, data: RequestInput<E>): Promise<void> {
    const { connection } = this.#parts.follower;
    if (!connection) throw new HubbubError('disconnected', 'the room is not joined');
    await connection.request(event, data);
  }

  #tellRead(): void {
    const seq = this.#read;
    if (seq <= this.#readTold) return;
    const before = this.#readTold;
    this.#readTold = seq;
    this.#now('read', { room: this.slug, seq }).catch(() => {
      // A later one may be told already.
      if (this.#readTold === seq) this.#readTold = before;
    });
  }
}
