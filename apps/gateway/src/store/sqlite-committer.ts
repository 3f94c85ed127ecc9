import type { Database, SqliteHandle } from './database';
import type { CommitResult, Committer, Effect, RoomBatch } from './draft';
import { effectStatements } from './effects';
import { keyOf, planCommit, type KnownEntry, type LockedHead, type Plan } from './commit-plan';

/**
 * Commits to SQLite in one transaction that runs at once, so nothing else of this process comes between its statements. The
 * write lock is the sequencer.
 */
export class SqliteCommitter implements Committer {
  readonly lanes = 1;

  constructor(private readonly database: Database) {}

  commit(batches: readonly RoomBatch[]): Promise<CommitResult[]> {
    return this.database.withSqlite((handle) => {
      handle.exec('BEGIN IMMEDIATE');
      try {
        const results = batches.map((batch) => commitBatch(handle, batch));
        handle.exec('COMMIT');
        return results;
      } catch (error) {
        // Some errors, a full disk for one, have rolled it back already.
        if (handle.inTransaction) handle.exec('ROLLBACK');
        throw error;
      }
    });
  }
}

function commitBatch(handle: SqliteHandle, batch: RoomBatch): CommitResult {
  const { roomId, pending } = batch;
  const row = handle
    .prepare('SELECT last_seq, policy_version FROM room_heads WHERE room_id = ?')
    .get(roomId) as { last_seq: number; policy_version: number } | undefined;
  const head: LockedHead | null = row
    ? { lastSeq: row.last_seq, policyVersion: row.policy_version }
    : null;
  const find = handle.prepare(
    'SELECT seq, at, body FROM room_entries WHERE room_id = ? AND user_id = ? AND idempotency_key = ?',
  );
  const known = new Map<string, KnownEntry>();
  for (const { userId, key } of pending) {
    const first = find.get(roomId, userId, key) as KnownEntry | undefined;
    if (first) known.set(keyOf(userId, key), first);
  }
  const plan = planCommit(batch, head, known);
  write(handle, roomId, plan);
  return plan.result;
}

function write(handle: SqliteHandle, roomId: number, plan: Plan): void {
  if (plan.inserts.length === 0) return;
  const insert = handle.prepare(
    'INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { seq, pending } of plan.inserts) {
    const { draft, userId, key, body } = pending;
    insert.run(roomId, seq, plan.at, draft.kind, userId, key, body);
    if (draft.effect) applyEffect(handle, roomId, draft.effect);
  }
  handle
    .prepare(
      'UPDATE room_heads SET last_seq = last_seq + ?, policy_version = policy_version + ? WHERE room_id = ?',
    )
    .run(plan.inserts.length, plan.policyChanges, roomId);
}

function applyEffect(handle: SqliteHandle, roomId: number, effect: Effect): void {
  for (const { sql, values } of effectStatements(roomId, effect, 'sqlite')) {
    handle.prepare(sql).run(...values);
  }
}
