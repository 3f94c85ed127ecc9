import { Refusal } from '../refusal';
import {
  StalePolicy,
  changesPolicy,
  type CommitResult,
  type CommittedBatch,
  type Outcome,
  type Pending,
  type Place,
  type RoomBatch,
} from './draft';
import { entryJson, type StoredEntry } from './entry-json';

/** The row of `room_heads`, locked. */
export interface LockedHead {
  lastSeq: number;
  policyVersion: number;
}

/** What the log has for a key. */
export interface KnownEntry extends Place {
  body: string;
}

/** An entry that is to be inserted. */
interface NewEntry {
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

/** `at` of what is committed now. */
export const commitTime = ({ notBefore }: RoomBatch) => Math.max(Date.now(), notBefore);

/**
 * What of a batch becomes entries, given the locked head and the keys that are in the log already (by `keyOf`): both databases do
 * just what this says. It notes the time that it gives, so that a later plan for the same drafts can tell a commit whose answer
 * was lost, and which nobody has heard of yet, from a repeat.
 */
export function planCommit(
  batch: RoomBatch,
  head: LockedHead | null,
  known: ReadonlyMap<string, KnownEntry>,
  at = commitTime(batch),
): Plan {
  const inserts: NewEntry[] = [];
  const entries: StoredEntry[] = [];
  let policyChanges = 0;
  const outcomes = batch.pending.map((pending): Outcome => {
    const { draft, userId, key, body, triedAt } = pending;
    if (!head) return new Refusal('not_found', 'there is no such room');
    const first = known.get(keyOf(userId, key));
    if (first) {
      // Another one of the same text, key and millisecond would be given out in the very same form.
      const isOurs = triedAt.includes(first.at) && first.body === body;
      if (isOurs) entries.push(toEntry(pending, first));
      return { seq: first.seq, at: first.at, duplicate: !isOurs };
    }
    if (draft.policyVersion !== head.policyVersion + policyChanges) return new StalePolicy();
    const seq = head.lastSeq + inserts.length + 1;
    triedAt.push(at);
    inserts.push({ seq, pending });
    entries.push(toEntry(pending, { seq, at }));
    if (changesPolicy(pending)) policyChanges++;
    return { seq, at, duplicate: false };
  });
  const committed = inRuns(batch.roomId, entries);
  return { inserts, at, policyChanges, result: { outcomes, committed } };
}

function toEntry({ draft, body }: Pending, { seq, at }: Place): StoredEntry {
  return { seq, at, kind: draft.kind, json: entryJson(seq, at, body), withdrawn: false };
}

/** In batches without a gap. There is one between what a lost commit has made and what is new if another gateway came between. */
function inRuns(roomId: number, entries: StoredEntry[]): CommittedBatch[] {
  const batches: CommittedBatch[] = [];
  for (const entry of entries.sort((a, b) => a.seq - b.seq)) {
    const last = batches.at(-1);
    if (last && entry.seq === last.from + last.entries.length) last.entries.push(entry);
    else batches.push({ roomId, from: entry.seq, entries: [entry] });
  }
  return batches;
}
