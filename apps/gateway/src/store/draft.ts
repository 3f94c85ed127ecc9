import type { EntryKind } from '@hubbub/protocol';
import type { RoomEntity } from './entities/room.entity';
import type { StoredEntry } from './entry-json';

/** What the transaction of an entry changes besides the log. All but `withdraw` make a new version of the room's policy. */
export type Effect =
  | { type: 'withdraw'; seq: number }
  | { type: 'mute'; userId: string; until: number | null }
  | {
      type: 'room';
      change: Partial<
        Pick<RoomEntity, 'title' | 'state' | 'streamUrl' | 'slowModeMs' | 'visibility'>
      >;
    };

/** An entry that is to be committed. */
export interface Draft {
  kind: EntryKind;
  /** Whose idempotency key it is; null where it has none. */
  userId: string | null;
  key: string | null;
  /** The entry's fields besides `seq`, `at` and `kind`. */
  body: Record<string, unknown>;
  /** The version of the room's policy that allows this entry. */
  policyVersion: number;
  effect?: Effect;
}

export interface Appended extends Place {
  /** The key was committed before; nothing new was made. */
  duplicate: boolean;
}

/** Entries of one room that were committed together: `from`, `from + 1`, … */
export interface CommittedBatch {
  roomId: number;
  from: number;
  entries: StoredEntry[];
}

/** The room's policy has changed since the draft was checked: check it again, and append again. */
export class StalePolicy extends Error {
  override readonly name = 'StalePolicy';
}

/** A draft on its way into the log. */
export interface Pending {
  readonly draft: Draft;
  readonly userId: string;
  readonly key: string;
  /** As it is kept in the database. */
  readonly body: string;
  /** `at` of each commit that was tried. Their answers were lost: if it is there with one of these, it is no repeat. */
  readonly triedAt: number[];
}

/** An entry's place in its room's log. */
export interface Place {
  seq: number;
  /** Unix ms. */
  at: number;
}

/** What became of a pending draft. */
export type Outcome = Appended | StalePolicy | Error;

/** The drafts of one room that go into one transaction. */
export interface RoomBatch {
  readonly roomId: number;
  readonly pending: readonly Pending[];
  /** `at` is not below this. */
  readonly notBefore: number;
}

/** What became of a room's batch: an outcome for each pending draft, and what is new in the log, in sequence. */
export interface CommitResult {
  readonly outcomes: readonly Outcome[];
  readonly committed: readonly CommittedBatch[];
}

/** Puts batches into the database. */
export interface Committer {
  /** How many commits may be in flight at once. */
  readonly lanes: number;
  /**
   * Commits the batches, each whole or not at all. A result for each batch, in their order.
   * @throws where the database is away: what was in flight may or may not be committed.
   */
  commit(batches: readonly RoomBatch[]): Promise<CommitResult[]>;
}

export function changesPolicy({ draft }: Pending): boolean {
  return draft.effect !== undefined && draft.effect.type !== 'withdraw';
}
