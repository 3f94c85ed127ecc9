import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log';
import { Refusal } from '../refusal';
import type { Database } from './database';
import { BATCH_ENTRIES, CommitLine, type RoomQueue, type Share, type Waiting } from './commit-line';
import { keyOf } from './commit-plan';
import type {
  Appended,
  CommitResult,
  CommittedBatch,
  Committer,
  Draft,
  Outcome,
  RoomBatch,
} from './draft';
import { encodeBody, toStored, type EntryRow, type StoredEntry } from './entry-json';
import { Intake, unavailable } from './intake';
import { MysqlCommitter } from './mysql-committer';
import { SqliteCommitter } from './sqlite-committer';

export { StalePolicy, type Appended, type CommittedBatch, type Draft } from './draft';
export type { StoredEntry } from './entry-json';

/** What MySQL's TEXT holds. */
const BODY_BYTES_MAX = 65_535;
/**
 * A log that has just begun a commit gathers for this long, unless it has a full hand already: each commit, publication and echo costs
 * half a millisecond of CPU whether it carries one message or twenty. An idle log waits for nobody.
 */
const GATHER_MS = 20;
const GATHER_ENTRIES = 64;
/** However fast the database is, no more entries wait than this. */
const QUEUE_MAX = 20_000;
/** A room whose commit takes this long takes nothing more until it is back. */
const STUCK_MS = 500;
/** A commit that fails is tried again for this long. */
const RETRY_FOR_MS = 2_000;
const RETRY_FIRST_MS = 25;
/** After a commit was given up, sends are refused at once for this long. */
const PAUSE_MS = 500;

export interface RoomLogOptions {
  poolSize: number;
  log: Log;
  /** Called for each append that is refused before it has waited. */
  refused?: () => void;
}

/**
 * The durable log of every room. Appends are gathered: while a commit is in flight the next batch fills, so batches grow with
 * the load, and an idle room waits for nobody. A room has one commit in flight; a transaction may carry several rooms.
 */
export class RoomLog {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #committed: (batch: CommittedBatch) => void;
  readonly #log: Log;
  readonly #refused: () => void;
  readonly #intake = new Intake({
    least: BATCH_ENTRIES,
    most: QUEUE_MAX,
    stuckMs: STUCK_MS,
  });
  readonly #line = new CommitLine();
  readonly #inFlight = new Set<Promise<void>>();
  /** Entries that are not settled. */
  #size = 0;
  #isPumping = false;
  /** When the latest commit began. */
  #beganAt = -Infinity;
  #isGathering = false;
  #pausedUntil = -Infinity;
  /** Of the last entry: a clock that is set back turns no log around. */
  #lastAt = 0;
  #isClosed = false;

  /** `committed` is called right after each commit, in order per room, before the appends resolve. */
  constructor(
    database: Database,
    committed: (batch: CommittedBatch) => void,
    { poolSize, log, refused = () => undefined }: RoomLogOptions,
  ) {
    this.#database = database;
    this.#committed = committed;
    this.#log = log;
    this.#refused = refused;
    this.#committer =
      database.kind === 'mysql'
        ? new MysqlCommitter(database, poolSize, log)
        : new SqliteCommitter(database);
  }

  /**
   * Resolves when the entry is committed (G1).
   *
   * @throws {StalePolicy} when the room's policy is not the one that the draft names: nothing was made.
   * @throws {Refusal} `too_long`; `not_found` when the room is gone; `unavailable` when the database is away or
   *   behind, or the log is closed: the entry may have been committed, and appending again with the same key is safe.
   */
  append(roomId: number, draft: Draft): Promise<Appended> {
    const userId = draft.userId ?? '';
    const key = draft.key ?? `~${randomBytes(12).toString('base64url')}`;
    const id = keyOf(userId, key);
    const open = this.#line.queueOf(roomId);
    const same = open?.byKey.get(id);
    if (same) return same.then((appended) => ({ ...appended, duplicate: true }));
    const refusal = this.#refusal(open);
    if (refusal) {
      this.#refused();
      return Promise.reject(refusal);
    }
    const body = encodeBody(draft.kind, draft.body);
    if (Buffer.byteLength(body) > BODY_BYTES_MAX) {
      return Promise.reject(new Refusal('too_long', 'this is too long for the log'));
    }
    const queue = open ?? this.#line.open(roomId);
    const promise = new Promise<Appended>((resolve, reject) => {
      this.#line.push(queue, { id, draft, userId, key, body, triedAt: [], resolve, reject });
    });
    queue.byKey.set(id, promise);
    this.#size++;
    this.#pumpSoon();
    return promise;
  }

  /** How long what waits now is expected to take; 0 while nothing is behind. */
  get expectedWaitMs(): number {
    return this.#intake.waitMs(this.#line.waiting);
  }

  /** Entries in sequence: after `after`, or the last ones before `before`, or the latest. */
  async read(
    roomId: number,
    { after, before, limit }: { after?: number; before?: number; limit: number },
  ): Promise<StoredEntry[]> {
    const columns = 'SELECT seq, at, kind, body, withdrawn FROM room_entries WHERE room_id = ?';
    if (after !== undefined) {
      const sql = `${columns} AND seq > ? ORDER BY seq LIMIT ?`;
      return (await this.#query<EntryRow>(sql, [roomId, after, limit])).map(toStored);
    }
    const sql = `${columns} AND seq < ? ORDER BY seq DESC LIMIT ?`;
    const end = before ?? Number.MAX_SAFE_INTEGER;
    return (await this.#query<EntryRow>(sql, [roomId, end, limit])).map(toStored).reverse();
  }

  async entry(roomId: number, seq: number): Promise<StoredEntry | null> {
    const [entry] = await this.read(roomId, { after: seq - 1, limit: 1 });
    return entry?.seq === seq ? entry : null;
  }

  /** The entry of that user with that key, if it is committed. */
  async findByKey(roomId: number, userId: string, key: string): Promise<Appended | null> {
    const [row] = await this.#query<{ seq: number; at: number }>(
      'SELECT seq, at FROM room_entries WHERE room_id = ? AND user_id = ? AND idempotency_key = ?',
      [roomId, userId, key],
    );
    return row ? { ...row, duplicate: true } : null;
  }

  /** The last sequence of each room; rooms that are gone are left out. */
  async heads(roomIds: readonly number[]): Promise<Map<number, number>> {
    return new Map([...(await this.tails(roomIds))].map(([id, { seq }]) => [id, seq]));
  }

  /** The last sequence of each room, and the version of its policy; rooms that are gone are left out. */
  async tails(
    roomIds: readonly number[],
  ): Promise<Map<number, { seq: number; policyVersion: number }>> {
    if (roomIds.length === 0) return new Map();
    const marks = roomIds.map(() => '?').join(', ');
    const rows = await this.#query<{ room_id: number; last_seq: number; policy_version: number }>(
      `SELECT room_id, last_seq, policy_version FROM room_heads WHERE room_id IN (${marks})`,
      [...roomIds],
    );
    return new Map(
      rows.map(({ room_id: id, last_seq: seq, policy_version: policyVersion }) => [
        id,
        { seq, policyVersion },
      ]),
    );
  }

  /** Commits what is queued, and takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#size > 0) {
      this.#pump();
      await Promise.race(this.#inFlight);
    }
  }

  #query<T>(sql: string, values: (string | number)[]): Promise<T[]> {
    return this.#database.dataSource.query(sql, values);
  }

  /** Null where an entry of the room may join the line. */
  #refusal(queue: RoomQueue | undefined): Refusal | null {
    if (this.#isClosed) return unavailable();
    const now = performance.now();
    if (now < this.#pausedUntil) return unavailable();
    return this.#intake.refusal(
      {
        waiting: this.#line.waiting,
        ahead: queue?.waiting.length ?? 0,
        rooms: this.#line.rooms + (queue ? 0 : 1),
        inFlightMs: now - (queue?.flewAt ?? now),
      },
      now,
    );
  }

  /** At the end of the turn: what arrives together is committed together. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#line.hasReady && this.#inFlight.size < this.#committer.lanes) {
      if (this.#mustGather()) return;
      const flight = this.#fly(this.#line.take()).finally(() => {
        this.#inFlight.delete(flight);
        this.#pump();
      });
      this.#inFlight.add(flight);
    }
  }

  /** False when a commit may begin now; else the line is looked at again when it is time. */
  #mustGather(): boolean {
    const now = performance.now();
    const leftMs = this.#beganAt + GATHER_MS - now;
    if (leftMs < 1 || this.#line.waiting >= GATHER_ENTRIES || this.#isClosed) {
      this.#beganAt = now;
      return false;
    }
    if (!this.#isGathering) {
      this.#isGathering = true;
      setTimeout(() => {
        this.#isGathering = false;
        this.#pump();
      }, leftMs);
    }
    return true;
  }

  async #fly(taken: Share[]): Promise<void> {
    const batches = taken.map(({ queue, waiting }) => ({
      roomId: queue.roomId,
      pending: waiting,
      notBefore: this.#lastAt,
    }));
    const results = await this.#commit(batches);
    taken.forEach(({ queue, waiting }, i) => {
      const result = results?.[i];
      for (const batch of result?.committed ?? []) {
        this.#lastAt = Math.max(this.#lastAt, batch.entries[0]?.at ?? 0);
        this.#tellCommitted(batch);
      }
      if (result) this.#line.judge(queue, isTaken(result));
      waiting.forEach((one, k) => {
        this.#settle(queue, one, result?.outcomes[k] ?? unavailable());
      });
      this.#line.landed(queue);
    });
    if (!results) this.#refuseWaiting();
    const entries = taken.reduce((sum, { waiting }) => sum + waiting.length, 0);
    this.#intake.note(entries, this.#line.waiting);
  }

  /** The database is away: what has not been tried would only wait its turn to hear so. */
  #refuseWaiting(): void {
    this.#pausedUntil = performance.now() + PAUSE_MS;
    for (const { queue, waiting } of this.#line.takeAll()) {
      for (const one of waiting) this.#settle(queue, one, unavailable());
    }
  }

  #tellCommitted(batch: CommittedBatch): void {
    try {
      this.#committed(batch);
    } catch (error) {
      // The entries are in the log all the same, and their senders are to hear so.
      this.#log.error('log: what was committed is not passed on', { error: String(error) });
    }
  }

  #settle(queue: RoomQueue, one: Waiting, outcome: Outcome): void {
    queue.byKey.delete(one.id);
    this.#size--;
    if (outcome instanceof Error) one.reject(outcome);
    else one.resolve(outcome);
  }

  /** Null where the database is away. A commit that failed may have been one all the same. */
  async #commit(batches: RoomBatch[]): Promise<CommitResult[] | null> {
    const giveUpAt = performance.now() + RETRY_FOR_MS;
    for (let waitMs = RETRY_FIRST_MS; ; waitMs *= 2) {
      try {
        return await this.#committer.commit(batches);
      } catch (error) {
        if (performance.now() + waitMs > giveUpAt) {
          this.#log.warn('log: the database does not take commits', { error: String(error) });
          return null;
        }
        this.#log.debug('log: a commit failed, once more', { error: String(error) });
        await delay(waitMs);
      }
    }
  }
}

function isTaken({ outcomes: [outcome] }: CommitResult): boolean {
  return !(outcome instanceof Refusal && outcome.code === 'unavailable');
}
