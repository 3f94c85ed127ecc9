import type { QueryRunner } from 'typeorm';
import type { Log } from '../log';
import type { Database } from './database';
import { changesPolicy, type CommitResult, type Committer, type RoomBatch } from './draft';
import { effectStatements, type Statement } from './effects';
import { keyOf, planCommit, type LockedHead, type Plan } from './commit-plan';

const LANES_MAX = 4;
/** A statement that takes longer than this is given up, and its connection with it. */
const STATEMENT_TIMEOUT_MS = 3_000;

interface UpdateResult {
  affectedRows: number;
  insertId: number;
}

/** mysql2's connection, as far as it has to be broken. */
interface Breakable {
  destroy(): void;
}

class StatementTimeout extends Error {
  constructor() {
    super(`MySQL did not answer within ${String(STATEMENT_TIMEOUT_MS)} ms`);
  }
}

/** The batch is not as simple as the short way takes it: a repeated key, an old policy, or a room that is gone. */
class NotSimple extends Error {}

/**
 * Commits to MySQL or MariaDB in two trips: the first takes the sequences (the row lock on `room_heads` is the sequencer), the
 * second inserts and commits. What trips over a key or a policy is rolled back, takes no number, and goes the careful way.
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
    const results = new Map<RoomBatch, CommitResult>();
    if (sorted.every(isSimple)) {
      try {
        const done = await this.#transaction((run) => commitSimply(run, sorted));
        sorted.forEach((batch, i) => results.set(batch, done[i] as CommitResult));
        return batches.map((batch) => results.get(batch) as CommitResult);
      } catch (error) {
        if (!(error instanceof NotSimple) && !isDuplicateKey(error)) throw error;
      }
    }
    for (const batch of sorted) {
      results.set(batch, await this.#transaction((run) => commitCarefully(run, batch)));
    }
    return batches.map((batch) => results.get(batch) as CommitResult);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const runner = this.#database.dataSource.createQueryRunner();
    let connection: Breakable | undefined;
    try {
      connection = (await withinTime(runner.connect())) as Breakable;
      return await work((statements) => runStatements(runner, statements));
    } catch (error) {
      if (error instanceof NotSimple || isDuplicateKey(error)) {
        await withinTime(runner.query('ROLLBACK')).catch((cause: unknown) => {
          this.#log.debug('log: rollback failed', { error: String(cause) });
          connection?.destroy();
        });
      } else {
        // Its state is unknown: the server rolls back what was not committed when the connection ends.
        connection?.destroy();
      }
      throw error;
    } finally {
      await runner.release().catch((error: unknown) => {
        this.#log.debug('log: a connection was not given back', { error: String(error) });
      });
    }
  }
}

type Run = (statements: Statement[]) => Promise<unknown[]>;

/** Several statements in one trip; a result for each. */
async function runStatements(runner: QueryRunner, statements: Statement[]): Promise<unknown[]> {
  const sql = statements.map((statement) => statement.sql).join('; ');
  const values = statements.flatMap((statement) => statement.values);
  return (await withinTime(runner.query(sql, values))) as unknown[];
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StatementTimeout());
    }, STATEMENT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** One version of the policy, and at most the last draft changes it. */
function isSimple({ pending }: RoomBatch): boolean {
  const version = pending[0]?.draft.policyVersion;
  return pending.every(
    (one, i) =>
      one.draft.policyVersion === version &&
      !one.wasTried &&
      (i === pending.length - 1 || !changesPolicy(one)),
  );
}

const START: Statement = { sql: 'START TRANSACTION', values: [] };
const COMMIT: Statement = { sql: 'COMMIT', values: [] };

async function commitSimply(run: Run, batches: readonly RoomBatch[]): Promise<CommitResult[]> {
  const takes = batches.map(({ roomId, pending }): Statement => {
    const version = pending[0]?.draft.policyVersion ?? 0;
    const changes = pending.filter(changesPolicy).length;
    return {
      sql: 'UPDATE room_heads SET last_seq = LAST_INSERT_ID(last_seq + ?), policy_version = policy_version + ? WHERE room_id = ? AND policy_version = ?',
      values: [pending.length, changes, roomId, version],
    };
  });
  const [, ...taken] = (await run([START, ...takes])) as UpdateResult[];
  const plans = batches.map((batch, i) => {
    const { affectedRows, insertId } = taken[i] as UpdateResult;
    if (affectedRows !== 1) throw new NotSimple();
    const lastSeq = insertId - batch.pending.length;
    const policyVersion = batch.pending[0]?.draft.policyVersion ?? 0;
    return { batch, plan: planCommit(batch, { lastSeq, policyVersion }, new Map()) };
  });
  const writes = [
    insertStatement(plans),
    ...plans.flatMap(({ batch, plan }) => effectsOf(batch, plan)),
  ];
  await run([...writes, COMMIT]);
  return plans.map(({ plan }) => plan.result);
}

async function commitCarefully(run: Run, batch: RoomBatch): Promise<CommitResult> {
  const { roomId, pending } = batch;
  const lock: Statement = {
    sql: 'SELECT last_seq, policy_version FROM room_heads WHERE room_id = ? FOR UPDATE',
    values: [roomId],
  };
  const find: Statement = {
    sql: `SELECT user_id, idempotency_key, seq, at FROM room_entries WHERE room_id = ? AND (user_id, idempotency_key) IN (${pending
      .map(() => '(?, ?)')
      .join(', ')}) FOR UPDATE`,
    values: [roomId, ...pending.flatMap(({ userId, key }) => [userId, key])],
  };
  // The keys are read after the lock is held, in the same trip: nobody commits one in between.
  const [, heads, rows] = (await run([START, lock, find])) as [
    unknown,
    { last_seq: number; policy_version: number }[],
    { user_id: string; idempotency_key: string; seq: number; at: number }[],
  ];
  const row = heads[0];
  const head: LockedHead | null = row
    ? { lastSeq: Number(row.last_seq), policyVersion: row.policy_version }
    : null;
  const known = new Map(
    rows.map(({ user_id: userId, idempotency_key: key, seq, at }) => [
      keyOf(userId, key),
      { seq: Number(seq), at: Number(at) },
    ]),
  );
  const plan = planCommit(batch, head, known);
  const writes: Statement[] = [];
  if (plan.inserts.length > 0) {
    writes.push(insertStatement([{ batch, plan }]), ...effectsOf(batch, plan), {
      sql: 'UPDATE room_heads SET last_seq = last_seq + ?, policy_version = policy_version + ? WHERE room_id = ?',
      values: [plan.inserts.length, plan.policyChanges, roomId],
    });
  }
  await run([...writes, COMMIT]);
  return plan.result;
}

function insertStatement(plans: { batch: RoomBatch; plan: Plan }[]): Statement {
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
  return {
    sql: `INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body) VALUES ${rows
      .map(() => '(?, ?, ?, ?, ?, ?, ?)')
      .join(', ')}`,
    values: rows.flat(),
  };
}

function effectsOf({ roomId }: RoomBatch, plan: Plan): Statement[] {
  return plan.inserts.flatMap(({ pending }) =>
    pending.draft.effect ? effectStatements(roomId, pending.draft.effect, 'mysql') : [],
  );
}

/** ER_DUP_ENTRY: the unique index says that a key is in the log. */
function isDuplicateKey(error: unknown): boolean {
  return (error as { errno?: unknown } | null)?.errno === 1062;
}
