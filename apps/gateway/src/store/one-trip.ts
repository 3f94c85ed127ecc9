import { commitTime, planCommit, type LockedHead } from './commit-plan';
import type { CommitResult, RoomBatch } from './draft';
import { COMMIT, START, type Run, type Statement } from './statement';

interface HeadRow {
  room_id: number;
  last_seq: number;
  policy_version: number;
}

const TAKE_SEQUENCES = `UPDATE JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]'
    COLUMNS (room_id int PATH '$[0]', version int PATH '$[1]', entries int PATH '$[2]')) AS b
  STRAIGHT_JOIN room_heads AS h ON h.room_id = b.room_id AND h.policy_version = b.version
  SET h.last_seq = h.last_seq + b.entries`;

const INSERT_ENTRIES = `INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body)
  SELECT STRAIGHT_JOIN h.room_id, h.last_seq - b.later, b.at, b.kind, b.user_id, b.idempotency_key, b.body
  FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]'
    COLUMNS (room_id int PATH '$[0]', version int PATH '$[1]', at bigint PATH '$[2]', later int PATH '$[3]',
      kind varchar(16) PATH '$[4]', user_id varchar(24) PATH '$[5]', idempotency_key varchar(64) PATH '$[6]',
      body text CHARACTER SET utf8mb4 PATH '$[7]')) AS b
  JOIN room_heads AS h ON h.room_id = b.room_id AND h.policy_version = b.version`;

const READ_HEADS = 'SELECT room_id, last_seq, policy_version FROM room_heads WHERE room_id IN (?)';

/** One version of the policy, no effects, and nothing of it was tried before. */
export function fitsOneTrip({ pending }: RoomBatch): boolean {
  const version = versionOf(pending);
  return pending.every(
    ({ draft, triedAt }) =>
      draft.policyVersion === version && draft.effect === undefined && triedAt.length === 0,
  );
}

/**
 * Commits batches that fit, sorted by room. The server has the whole transaction at once, so that no gateway keeps a room's lock
 * while its answer waits for a turn on the event loop: in two trips, three gateways that wrote into 1,000 rooms waited for locks
 * for 3 s in each second, in one for 0.1 s.
 *
 * What goes in as JSON is joined with the heads, whose locks are taken in the order of the JSON. For 64 rooms of one entry each
 * both sides took 48 µs of CPU an entry, and 94 with an UPDATE for each room; for one room of 128 entries 29 and 24.
 *
 * @throws where a key is in the log already: the transaction is open then, and nothing is committed.
 */
export async function commitInOneTrip(
  run: Run,
  batches: readonly RoomBatch[],
): Promise<CommitResult[]> {
  const times = batches.map(noteTry);
  const takes = batches.map(({ roomId, pending }) => [roomId, versionOf(pending), pending.length]);
  const rows = batches.flatMap(({ roomId, pending }, i) => {
    const version = versionOf(pending);
    return pending.map(({ draft, userId, key, body }, k) => {
      const later = pending.length - 1 - k;
      return [roomId, version, times[i], later, draft.kind, userId, key, body];
    });
  });
  const statements: Statement[] = [
    START,
    { sql: TAKE_SEQUENCES, values: [asJson(takes)] },
    { sql: INSERT_ENTRIES, values: [asJson(rows)] },
    { sql: READ_HEADS, values: [batches.map(({ roomId }) => roomId)] },
    COMMIT,
  ];
  const heads = (await run(statements))[3] as HeadRow[];
  const byRoom = new Map(heads.map((head) => [head.room_id, head]));
  return batches.map((batch, i) => {
    const head = headBefore(batch, byRoom.get(batch.roomId));
    return planCommit(batch, head, new Map(), times[i]).result;
  });
}

/** The room's head before the batch. Where its policy is another one nothing was taken, and the plan tells the drafts so. */
function headBefore({ pending }: RoomBatch, head: HeadRow | undefined): LockedHead | null {
  if (!head) return null;
  const isTaken = head.policy_version === versionOf(pending);
  const lastSeq = isTaken ? head.last_seq - pending.length : head.last_seq;
  return { lastSeq, policyVersion: head.policy_version };
}

/** Noted before it is tried: its answer may be lost. */
function noteTry(batch: RoomBatch): number {
  const at = commitTime(batch);
  for (const { triedAt } of batch.pending) triedAt.push(at);
  return at;
}

const versionOf = (pending: RoomBatch['pending']) => pending[0]?.draft.policyVersion ?? 0;

/** As bytes, which go in hexadecimal: as a text, every quote of the JSON within it would be escaped twice, which costs more. */
const asJson = (value: unknown) => Buffer.from(JSON.stringify(value));
