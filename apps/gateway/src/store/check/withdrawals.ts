import type { Entry } from '@hubbub/protocol';
import type { Findings } from './faults';
import type { LogSource } from './log-source';
import { SeqSet } from './seq-set';

/** A delete entry whose target was not withdrawn when it was read. */
interface Doubt {
  seq: number;
  target: number;
}

/**
 * Holds the withdrawn flags of a room against its delete entries, while the room is read in sequence. The flag and the entry are
 * committed together, so a flag that was read has its entry further on, however the log grows meanwhile.
 */
export class Withdrawals {
  readonly #withdrawn = new SeqSet();
  readonly #deleted = new SeqSet();
  #doubts: Doubt[] = [];
  /** All up to here may have been withdrawn by a `clear`. */
  #clearedUpTo = 0;

  constructor(
    private readonly source: LogSource,
    private readonly roomId: number,
    private readonly findings: Findings,
  ) {}

  note(entry: Entry, isWithdrawn: boolean): void {
    const { seq } = entry;
    if (isWithdrawn && entry.kind === 'message') this.#withdrawn.add(seq);
    else if (isWithdrawn) {
      const text = `entry ${String(seq)} is withdrawn, and no message but of the kind "${entry.kind}"`;
      this.findings.add({ fault: 'withdrawn', seq, text });
    }
    if (entry.kind === 'clear') this.#clearedUpTo = seq;
    if (entry.kind !== 'delete') return;
    const { target } = entry;
    if (this.#withdrawn.has(target)) this.#deleted.add(target);
    else this.#doubts.push({ seq, target });
  }

  /** Looks again at what may have been deleted after it was read. After each page: so what waits is bounded. */
  async settle(): Promise<void> {
    const doubts = this.#doubts;
    if (doubts.length === 0) return;
    this.#doubts = [];
    const marks = doubts.map(() => '?').join(', ');
    const rows = await this.source.rows<{ seq: number | string; kind: string; withdrawn: number }>(
      `SELECT seq, kind, withdrawn FROM room_entries WHERE room_id = ? AND seq IN (${marks})`,
      [this.roomId, ...doubts.map(({ target }) => target)],
    );
    const bySeq = new Map(rows.map((row) => [Number(row.seq), row]));
    for (const { seq, target } of doubts) {
      const row = bySeq.get(target);
      if (row?.kind === 'message' && row.withdrawn && target < seq) {
        this.#deleted.add(target);
        continue;
      }
      const what =
        row?.kind !== 'message'
          ? 'is no message'
          : target < seq
            ? 'is not withdrawn'
            : 'comes after it';
      const text = `entry ${String(seq)} deletes entry ${String(target)}, which ${what}`;
      this.findings.add({ fault: 'not-withdrawn', seq, text });
    }
  }

  /** The whole log was noted. */
  end(): void {
    for (const seq of this.#withdrawn) {
      if (seq <= this.#clearedUpTo || this.#deleted.has(seq)) continue;
      const text = `entry ${String(seq)} is withdrawn, and no entry deletes it`;
      this.findings.add({ fault: 'withdrawn', seq, text });
    }
  }
}
