import { Refusal } from '../refusal';
import {
  StalePolicy,
  changesPolicy,
  type CommitResult,
  type Outcome,
  type Pending,
  type RoomBatch,
} from './draft';
import { entryJson, type StoredEntry } from './entry-json';

/** The row of `room_heads`, locked. */
export interface LockedHead {
  lastSeq: number;
  policyVersion: number;
}

/** An entry that is to be inserted. */
export interface NewEntry {
  readonly seq: number;
  readonly pending: Pending;
}

export interface Plan {
  readonly inserts: NewEntry[];
  readonly at: number;
  /** By how much the policy's version grows. */
  readonly policyChanges: number;
  readonly result: CommitResult;
}

export const keyOf = (userId: string, key: string) => `${userId} ${key}`;

/**
 * What of a batch becomes entries, given the locked head and the keys that are in the log already (by `keyOf`). Pure: both
 * databases do just what this says.
 */
export function planCommit(
  batch: RoomBatch,
  head: LockedHead | null,
  known: ReadonlyMap<string, { seq: number; at: number }>,
): Plan {
  const at = Math.max(Date.now(), batch.notBefore);
  const inserts: NewEntry[] = [];
  const entries: StoredEntry[] = [];
  let policyChanges = 0;
  const outcomes = batch.pending.map((pending): Outcome => {
    const { draft, userId, key, body, wasTried } = pending;
    if (!head) return new Refusal('not_found', 'there is no such room');
    const first = known.get(keyOf(userId, key));
    if (first) return { ...first, duplicate: !wasTried };
    if (draft.policyVersion !== head.policyVersion + policyChanges) return new StalePolicy();
    const seq = head.lastSeq + inserts.length + 1;
    inserts.push({ seq, pending });
    entries.push({ seq, at, kind: draft.kind, json: entryJson(seq, at, body), withdrawn: false });
    if (changesPolicy(pending)) policyChanges++;
    return { seq, at, duplicate: false };
  });
  const from = entries[0]?.seq;
  const committed = from === undefined ? null : { roomId: batch.roomId, from, entries };
  return { inserts, at, policyChanges, result: { outcomes, committed } };
}
