import { LIMITS } from '@hubbub/protocol/tables';
import type { Entry, LogData, PulseData, ReplyData, RoomDescription } from '@hubbub/protocol';
import { areEntries, type Connection } from './connection';
import { toError, type Emitter } from './emitter';
import { HubbubError, type HubbubErrorCode } from './hubbub-error';
import { LogCursor, type LogStep } from './log-cursor';
import type { RoomEvents, RoomSelf, RoomState } from './types';

export interface FollowerOptions {
  slug: string;
  after: number | undefined;
  emitter: Emitter<RoomEvents>;
  /** How long to wait before an attempt is made again; the first is 1. */
  backoffMs: (attempt: number) => number;
}

/** Joins that are refused for a while, and tried again. */
const PASSING: readonly HubbubErrorCode[] = ['unavailable', 'rate_limited', 'internal', 'timeout'];
/** Entries that wait while a hole before them is filled; with more, the hole is told as a gap. */
const HELD_MAX = 2_000;

/** Follows one room's log over all connections: joins, resumes with its cursor, repairs holes. */
export class RoomFollower {
  state: RoomState = { status: 'joining' };
  description: RoomDescription | null = null;
  you: RoomSelf | null = null;
  viewers = 0;
  head = 0;
  readonly #options: FollowerOptions;
  readonly #log: LogCursor;
  #connection: Connection | null = null;
  #userId: string | null = null;
  /** The join that is on its way; the replies of others are of no use any more. */
  #joining: object | null = null;
  #joinAttempts = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isFilling = false;
  /** `description` and `you` are as of this entry. */
  #describedAt = 0;
  /** Set where no connection is to be expected. */
  #closed: HubbubError | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#log = new LogCursor(options.after ?? null);
  }

  /** The connection that has joined the room. */
  get connection(): Connection | null {
    return this.state.status === 'joined' ? this.#connection : null;
  }

  get cursor(): number | null {
    return this.#log.at;
  }

  /**
   * Resolves once the room is joined. Rejects with the error of the refusal, `closed`, or `timeout`.
   */
  async joined(timeoutMs: number): Promise<Connection> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const { connection, state } = this;
      if (connection) return connection;
      if (state.status === 'refused') throw state.error;
      if (this.#closed) throw this.#closed;
      const restMs = deadline - performance.now();
      if (restMs <= 0) throw new HubbubError('timeout', 'the room was not joined in time');
      await this.#change(restMs);
    }
  }

  /** A connection is open: the room is joined on it. */
  attach(connection: Connection, userId: string | null): void {
    if (this.#connection === connection || this.state.status === 'left') return;
    this.#connection = connection;
    this.#userId = userId;
    this.#closed = null;
    this.rejoin();
  }

  /** The connection is lost. With `error` there will be no other by itself. */
  detach(error: HubbubError | null): void {
    this.#stop();
    this.#connection = null;
    this.#closed = error;
    if (this.state.status === 'joined') this.#setState({ status: 'joining' });
    this.#changed();
  }

  rejoin(): void {
    this.#stop();
    const connection = this.#connection;
    if (!connection) return;
    if (this.state.status !== 'joining') this.#setState({ status: 'joining' });
    const joining = {};
    this.#joining = joining;
    const { slug: room } = this.#options;
    const after = this.#log.at;
    connection
      .request('join', after === null ? { room } : { room, after })
      .then((reply) => {
        if (this.#joining === joining) this.#welcome(reply);
      })
      .catch((error: unknown) => {
        if (this.#joining === joining) this.#refused(error);
      });
  }

  /** The room is not followed any more; its connection is told. */
  leave(): Promise<unknown> {
    const connection = this.#connection;
    this.#stop();
    this.#connection = null;
    this.#closed = new HubbubError('closed', 'the room was left');
    this.#setState({ status: 'left' });
    return connection
      ? connection.request('leave', { room: this.#options.slug }).catch(() => undefined)
      : Promise.resolve();
  }

  receive({ from, to, entries }: LogData): void {
    // Until the join is answered, this is of a join before it, and the reply has it too.
    if (this.state.status !== 'joined') return;
    this.head = Math.max(this.head, to);
    this.#give(this.#log.accept({ from, to, entries, live: true }));
    void this.#fill();
  }

  pulse(pulse: PulseData): void {
    if (this.state.status !== 'joined') return;
    this.viewers = pulse.viewers;
    this.#options.emitter.emit('pulse', pulse);
  }

  #welcome(reply: ReplyData<'join'>): void {
    const { head, entries } = reply;
    if (!Number.isSafeInteger(head) || !areEntries(entries)) {
      throw new Error('the reply to join makes no sense');
    }
    const cursor = this.#log.at;
    if (cursor !== null && head < cursor) {
      this.#log.reset();
      this.head = 0;
      this.#options.emitter.emit('reset');
      if (this.#joining) this.rejoin();
      return;
    }
    this.head = head;
    this.#describedAt = head;
    this.viewers = reply.viewers;
    this.#describe(reply.room);
    this.#setSelf(reply.you);
    this.#joinAttempts = 0;
    const joining = this.#joining;
    const from = cursor === null ? Math.min(entries[0]?.seq ?? head + 1, head + 1) : cursor + 1;
    this.#give(this.#log.accept({ from, to: head, entries, live: false }));
    // A listener may have left the room, or closed the client.
    if (this.#joining === joining) this.#setState({ status: 'joined' });
  }

  #refused(cause: unknown): void {
    this.#joining = null;
    const error =
      cause instanceof HubbubError ? cause : new HubbubError('internal', toError(cause).message);
    if (error.code === 'disconnected' || error.code === 'closed') return;
    if (!PASSING.includes(error.code)) {
      this.#setState({ status: 'refused', error });
      return;
    }
    const delayMs = this.#options.backoffMs(++this.#joinAttempts);
    this.#retryTimer = setTimeout(
      () => {
        this.rejoin();
      },
      (error.retryAfterMs ?? 0) + delayMs,
    );
    this.#setState({ status: 'joining', error });
  }

  /** Reads what is missing before the ranges that wait; what cannot be read is told as a gap. */
  async #fill(): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    for (let hole = this.#log.hole; hole; hole = this.#log.hole) {
      const { connection } = this;
      if (!connection) break;
      const entries =
        hole.count <= LIMITS.joinResume && this.#log.heldEntries <= HELD_MAX
          ? await this.#read(connection, hole)
          : [];
      if (this.connection !== connection) break;
      const last = entries.at(-1);
      if (last && last.seq > hole.after) {
        const { after } = hole;
        this.#give(this.#log.accept({ from: after + 1, to: last.seq, entries, live: false }));
      } else {
        this.#give(this.#log.skipHole());
      }
    }
    this.#isFilling = false;
  }

  async #read(
    connection: Connection,
    { after, count }: { after: number; count: number },
  ): Promise<Entry[]> {
    const limit = Math.min(count, LIMITS.historyPage);
    try {
      const page = await connection.request('history', { room: this.#options.slug, after, limit });
      return areEntries(page.entries) ? page.entries : [];
    } catch {
      return [];
    }
  }

  #give(steps: LogStep[]): void {
    const { emitter } = this.#options;
    for (const step of steps) {
      if (this.state.status === 'left') return;
      if (step.type === 'gap') {
        emitter.emit('gap', step.gap);
      } else {
        for (const entry of step.entries) this.#apply(entry);
        emitter.emit('entries', step.entries, { live: step.live });
      }
    }
  }

  /** What an entry changes of the room itself. */
  #apply(entry: Entry): void {
    if (entry.seq <= this.#describedAt) return;
    this.#describedAt = entry.seq;
    if (entry.kind === 'room' && this.description) {
      const { title, state, streamUrl, slowModeMs } = entry;
      this.#describe({
        ...this.description,
        ...(title !== undefined && { title }),
        ...(state !== undefined && { state }),
        ...(streamUrl !== undefined && { streamUrl }),
        ...(slowModeMs !== undefined && { slowModeMs }),
      });
    } else if ((entry.kind === 'mute' || entry.kind === 'unmute') && this.you) {
      if (entry.user !== this.#userId) return;
      this.#setSelf({ ...this.you, mutedUntil: entry.kind === 'mute' ? entry.until : null });
    }
  }

  #describe(description: RoomDescription): void {
    this.description = description;
    this.#options.emitter.emit('description', description);
  }

  #setSelf(you: RoomSelf): void {
    this.you = you;
    this.#options.emitter.emit('you', you);
  }

  #stop(): void {
    this.#joining = null;
    clearTimeout(this.#retryTimer);
    this.#log.drop();
  }

  #setState(state: RoomState): void {
    this.state = state;
    this.#changed();
    this.#options.emitter.emit('state', state);
  }

  #changed(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next change of the state, or when the time is over. */
  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
    });
  }
}
