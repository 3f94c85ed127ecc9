import { changesPolicy, type Appended, type Pending } from './draft';

/** Entries in one transaction. */
export const BATCH_ENTRIES = 500;
/** Three gateways that write into 1,000 rooms cost 200 µs of CPU a message; shared out over the lanes in transactions of up to 64, 340. */
const BATCH_ROOMS = 256;
/**
 * A room may have this much of a batch, and more only where the others leave it: what a busy room says does not keep others from
 * the batch. Much less would bring each room into the batch with few entries, and each room costs as much as several entries.
 */
const ROOM_SHARE = 50;
/** Rooms that are remembered for what they did to others' commits. */
const TROUBLED_MAX = 1_000;

/** An entry that waits for its commit. */
export interface Waiting extends Pending {
  /** In its queue's `byKey`. */
  readonly id: string;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

/** The queue of a room that has something to commit. */
export interface RoomQueue {
  readonly roomId: number;
  readonly waiting: Waiting[];
  /** Queued or in flight, by user and key: the same key again is the same entry. */
  readonly byKey: Map<string, Promise<Appended>>;
  /** Since when a commit of it is in flight; null for none. */
  flewAt: number | null;
}

/** What a room has in a transaction. */
export interface Share {
  readonly queue: RoomQueue;
  readonly waiting: readonly Waiting[];
}

/** Who waits for a commit, and whose turn it is. A room is in one commit at a time; a commit may have several rooms. */
export class CommitLine {
  readonly #queues = new Map<number, RoomQueue>();
  /** Rooms with something to commit and no commit in flight, in the order in which they began to wait. */
  readonly #ready = new Set<RoomQueue>();
  /** Rooms that the database has not taken by themselves: they fly alone, so that no other room waits for what holds them up. */
  readonly #troubled = new Set<number>();
  #waiting = 0;

  /** Entries in no commit yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Rooms with something to commit. */
  get rooms(): number {
    return this.#queues.size;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  queueOf(roomId: number): RoomQueue | undefined {
    return this.#queues.get(roomId);
  }

  open(roomId: number): RoomQueue {
    const queue: RoomQueue = { roomId, waiting: [], byKey: new Map(), flewAt: null };
    this.#queues.set(roomId, queue);
    return queue;
  }

  push(queue: RoomQueue, one: Waiting): void {
    queue.waiting.push(one);
    this.#waiting++;
    if (queue.flewAt === null) this.#ready.add(queue);
  }

  /** What goes into the next commit, those first that have waited longest. */
  take(): Share[] {
    const chosen = this.#choose();
    const now = performance.now();
    let left = BATCH_ENTRIES;
    const taken: Share[] = [];
    for (const [i, queue] of chosen.entries()) {
      if (left <= 0) break;
      const share = Math.min(left, Math.max(ROOM_SHARE, Math.floor(left / (chosen.length - i))));
      const policyAt = queue.waiting.findIndex(changesPolicy);
      // What follows a change of the policy was checked against the one before: it waits for its own turn to be told so.
      const end = policyAt < 0 ? share : Math.min(share, policyAt + 1);
      const waiting = queue.waiting.splice(0, end);
      left -= waiting.length;
      this.#waiting -= waiting.length;
      queue.flewAt = now;
      this.#ready.delete(queue);
      taken.push({ queue, waiting });
    }
    return taken;
  }

  /** The commit with this room is over. */
  landed(queue: RoomQueue): void {
    queue.flewAt = null;
    if (queue.waiting.length > 0) this.#ready.add(queue);
    else this.#queues.delete(queue.roomId);
  }

  /** Whether the database took what the room had. */
  judge({ roomId }: RoomQueue, isTaken: boolean): void {
    if (isTaken) this.#troubled.delete(roomId);
    else if (this.#troubled.size < TROUBLED_MAX) this.#troubled.add(roomId);
  }

  /** Takes everything out that is in no commit and whose room is in none. */
  takeAll(): Share[] {
    const all = [...this.#ready].map((queue) => ({ queue, waiting: queue.waiting.splice(0) }));
    for (const { queue, waiting } of all) {
      this.#waiting -= waiting.length;
      this.#queues.delete(queue.roomId);
    }
    this.#ready.clear();
    return all;
  }

  #choose(): RoomQueue[] {
    const chosen: RoomQueue[] = [];
    for (const queue of this.#ready) {
      if (chosen.length >= BATCH_ROOMS) break;
      if (!this.#troubled.has(queue.roomId)) chosen.push(queue);
      else if (chosen.length === 0) return [queue];
    }
    return chosen;
  }
}
