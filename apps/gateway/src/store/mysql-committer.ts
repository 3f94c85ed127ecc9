import type { Log } from '../log';
import { keyOf, planCommit, type KnownEntry, type LockedHead, type Plan } from './commit-plan';
import type { Database } from './database';
import type { CommitResult, Committer, RoomBatch } from './draft';
import { effectStatements } from './effects';
import { unavailable } from './intake';
import { commitInOneTrip, fitsOneTrip } from './one-trip';
import { COMMIT, START, type Run, type Statement } from './statement';

const LANES_MAX = 4;
/** For committing room by room what cannot be committed together. */
const ALONE_MS = 2_000;
/** The unique index says that a key is in the log. */
const ER_DUP_ENTRY = 1062;

interface HeadRow {
  last_seq: number;
  policy_version: number;
}
interface KeyRow extends KnownEntry {
  user_id: string;
  idempotency_key: string;
}

const ROLLBACK: Statement = { sql: 'ROLLBACK', values: [] };

type Way = (run: Run, batches: readonly RoomBatch[]) => Promise<CommitResult[]>;

/**
 * Commits to MySQL or MariaDB: the row lock on `room_heads` is the sequencer. What trips over a key in its one trip is rolled back,
 * takes no number, and goes the careful way, in two.
 */
export class MysqlCommitter implements Committer {
  readonly lanes: number;
  readonly #database: Database;
  readonly #log: Log;

  constructor(database: Database, poolSize: number, log: Log) {
    this.#database = database;
    this.#log = log;
    // The rest of the pool is for reads: a history page does not wait for commits.
    this.lanes = Math.max(1, Math.min(LANES_MAX, Math.floor(poolSize / 2)));
  }

  async commit(batches: readonly RoomBatch[]): Promise<CommitResult[]> {
    // Every transaction locks its rooms in one order, so that no two wait for each other.
    const sorted = [...batches].sort((a, b) => a.roomId - b.roomId);
    const results = await this.#commitSorted(sorted);
    const byBatch = new Map(sorted.map((batch, i) => [batch, results[i] as CommitResult]));
    return batches.map((batch) => byBatch.get(batch) as CommitResult);
  }

  async #commitSorted(batches: readonly RoomBatch[]): Promise<CommitResult[]> {
    if (batches.every(fitsOneTrip)) {
      try {
        return await this.#transaction(commitInOneTrip, batches);
      } catch (error) {
        if (isLost(error)) throw error;
        // Nothing is committed for certain: what is in the log of these keys is somebody else's.
        for (const { pending } of batches) for (const { triedAt } of pending) triedAt.length = 0;
        if (!isRepeat(error)) return this.#commitEachAlone(batches, error);
      }
    }
    try {
      return await this.#transaction(commitCarefully, batches);
    } catch (error) {
      if (isLost(error)) throw error;
      return this.#commitEachAlone(batches, error);
    }
  }

  /**
   * The database does not take them together: what is wrong with one of them is no harm to the others. Those that come too late,
   * because several are slow to be refused, may be sent again.
   */
  async #commitEachAlone(batches: readonly RoomBatch[], cause: unknown): Promise<CommitResult[]> {
    let giveUpAt = performance.now() + ALONE_MS;
    const results: CommitResult[] = [];
    for (const batch of batches) {
      const { roomId, pending } = batch;
      let result: CommitResult = { outcomes: pending.map(() => unavailable()), committed: [] };
      if (performance.now() < giveUpAt) {
        try {
          result = (await this.#transaction(commitCarefully, [batch]))[0] ?? result;
        } catch (error) {
          if (isLost(error)) giveUpAt = -Infinity;
          const why = { roomId, error: String(error), cause: String(cause) };
          this.#log.warn('log: a room takes no entries', why);
        }
      }
      results.push(result);
    }
    return results;
  }

  /** `way` in a transaction that it commits itself. Where it throws an error that is not a lost one, nothing is committed. */
  #transaction(way: Way, batches: readonly RoomBatch[]): Promise<CommitResult[]> {
    return this.#database.withMysql(async (run) => {
      try {
        return await way(run, batches);
      } catch (error) {
        // A connection that is lost takes its transaction with it.
        if (!isLost(error)) await run([ROLLBACK]);
        throw error;
      }
    });
  }
}

function isRepeat(error: unknown): boolean {
  return (error as { errno?: unknown } | null)?.errno === ER_DUP_ENTRY;
}

/** Whether there is no connection any more: everything but an answer of MySQL to a statement. */
function isLost(error: unknown): boolean {
  const { sqlState, fatal } = error as { sqlState?: unknown; fatal?: unknown };
  return sqlState === undefined || fatal === true;
}

async function commitCarefully(run: Run, batches: readonly RoomBatch[]): Promise<CommitResult[]> {
  const locks = batches.map(({ roomId }): Statement => {
    const sql = 'SELECT last_seq, policy_version FROM room_heads WHERE room_id = ? FOR UPDATE';
    return { sql, values: [roomId] };
  });
  // The keys are read when all locks are held: nobody commits one in between.
  const finds = batches.map(findStatement);
  const [, ...rows] = await run([START, ...locks, ...finds]);
  const plans = batches.map((batch, i) => {
    const [row] = rows[i] as HeadRow[];
    const head: LockedHead | null = row
      ? { lastSeq: row.last_seq, policyVersion: row.policy_version }
      : null;
    const known = new Map(
      (rows[batches.length + i] as KeyRow[]).map(
        ({ user_id: userId, idempotency_key: key, ...entry }) => [keyOf(userId, key), entry],
      ),
    );
    return { batch, plan: planCommit(batch, head, known) };
  });
  const counts = plans.flatMap(({ batch, plan }): Statement[] => {
    if (plan.inserts.length === 0) return [];
    const sql =
      'UPDATE room_heads SET last_seq = last_seq + ?, policy_version = policy_version + ? WHERE room_id = ?';
    return [{ sql, values: [plan.inserts.length, plan.policyChanges, batch.roomId] }];
  });
  await run([...insertStatements(plans), ...counts, COMMIT]);
  return plans.map(({ plan }) => plan.result);
}

function findStatement({ roomId, pending }: RoomBatch): Statement {
  const marks = pending.map(() => '(?, ?)').join(', ');
  return {
    sql: `SELECT user_id, idempotency_key, seq, at, body FROM room_entries WHERE room_id = ? AND (user_id, idempotency_key) IN (${marks})`,
    values: [roomId, ...pending.flatMap(({ userId, key }) => [userId, key])],
  };
}

function insertStatements(plans: { batch: RoomBatch; plan: Plan }[]): Statement[] {
  const rows = plans.flatMap(({ batch, plan }) =>
    plan.inserts.map(({ seq, pending: { draft, userId, key, body } }) => [
      batch.roomId,
      seq,
      plan.at,
      draft.kind,
      userId,
      key,
      body,
    ]),
  );
  if (rows.length === 0) return [];
  const marks = rows.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ');
  const insert: Statement = {
    sql: `INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body) VALUES ${marks}`,
    values: rows.flat(),
  };
  const effects = plans.flatMap(({ batch, plan }) =>
    plan.inserts.flatMap(({ pending: { draft } }) =>
      draft.effect ? effectStatements(batch.roomId, draft.effect, 'mysql') : [],
    ),
  );
  return [insert, ...effects];
}
