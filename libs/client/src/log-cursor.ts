import type { Entry } from '@hubbub/protocol';
import type { Gap } from './types';

/** What a frame says of a room's log: these are the entries from `from` to `to`, those left out excepted. */
export interface LogRange {
  from: number;
  to: number;
  entries: readonly Entry[];
  live: boolean;
}

export type LogStep =
  { type: 'entries'; entries: Entry[]; live: boolean } | { type: 'gap'; gap: Gap };

/**
 * A live range thinned for a busy room leaves out a few entries here and there. A slow connection is skipped for long, then
 * given the latest: one hole of so many entries and of such a time.
 */
const SKIPPED_ENTRIES = 100;
const SKIPPED_MS = 2_000;

/**
 * The place up to which a room's log was given out. Ranges go in as they come: repeated, overlapping, out of order.
 * What comes out is the log in sequence, each number in exactly one step: as an entry, or inside a gap's count.
 * A range that does not follow waits until the hole before it is filled or given up.
 */
export class LogCursor {
  #at: number | null;
  #held: LogRange[] = [];
  #heldEntries = 0;
  /** When the last entry that was given out happened; null where all was left out since. */
  #lastAt: number | null = null;

  /** @param after null: nothing is known yet, the first range begins wherever it begins. */
  constructor(after: number | null) {
    this.#at = after;
  }

  /** The last number given out. */
  get at(): number | null {
    return this.#at;
  }

  get heldEntries(): number {
    return this.#heldEntries;
  }

  /** Forgets the place. */
  reset(): void {
    this.#at = null;
    this.#lastAt = null;
    this.drop();
  }

  /** Forgets what waits: after a lost connection it comes again. */
  drop(): void {
    this.#held = [];
    this.#heldEntries = 0;
  }

  accept(range: LogRange): LogStep[] {
    const steps: LogStep[] = [];
    this.#hold(range);
    this.#release(steps);
    return steps;
  }

  /** What is missing before the first range that waits. */
  get hole(): { after: number; count: number } | null {
    const next = this.#held[0];
    return next && this.#at !== null ? { after: this.#at, count: next.from - 1 - this.#at } : null;
  }

  /** The hole will not be filled: it becomes a gap, and what waited behind it follows. */
  skipHole(): LogStep[] {
    const { hole } = this;
    if (!hole) return [];
    const to = hole.after + hole.count;
    const steps: LogStep[] = [
      { type: 'gap', gap: { from: hole.after + 1, to, omitted: hole.count, thinned: false } },
    ];
    this.#at = to;
    this.#release(steps);
    return steps;
  }

  #hold(range: LogRange): void {
    const index = this.#held.findIndex(({ from }) => from > range.from);
    this.#held.splice(index < 0 ? this.#held.length : index, 0, range);
    this.#heldEntries += range.entries.length;
  }

  #release(steps: LogStep[]): void {
    for (let next = this.#held[0]; next; next = this.#held[0]) {
      this.#at ??= next.from - 1;
      if (next.from > this.#at + 1) return;
      this.#held.shift();
      this.#heldEntries -= next.entries.length;
      if (next.to > this.#at) this.#give(next, steps, this.#at + 1);
    }
  }

  #give({ to, entries, live }: LogRange, steps: LogStep[], from: number): void {
    const fresh: Entry[] = [];
    let first = 0; // the first and the last number that is missing
    let last = 0;
    let due = from;
    let thinned = live;
    const missing = (until: number, untilAt: number | null) => {
      if (due > until) return;
      first ||= due;
      last = until;
      if (this.#isSkipped(until - due + 1, untilAt)) thinned = false;
    };
    for (const entry of inSequence(entries)) {
      if (entry.seq < due || entry.seq > to) continue;
      missing(entry.seq - 1, entry.at);
      fresh.push(entry);
      due = entry.seq + 1;
      this.#lastAt = entry.at;
    }
    missing(to, null);
    if (fresh.length === 0) this.#lastAt = null;
    const omitted = to - from + 1 - fresh.length;
    if (omitted > 0) steps.push({ type: 'gap', gap: { from: first, to: last, omitted, thinned } });
    if (fresh.length > 0) steps.push({ type: 'entries', entries: fresh, live });
    this.#at = to;
  }

  #isSkipped(count: number, untilAt: number | null): boolean {
    if (untilAt === null || this.#lastAt === null) return false;
    return count > SKIPPED_ENTRIES && untilAt - this.#lastAt > SKIPPED_MS;
  }
}

function inSequence(entries: readonly Entry[]): readonly Entry[] {
  const isAscending = entries.every(
    (entry, i) => i === 0 || entry.seq > (entries[i - 1]?.seq ?? 0),
  );
  return isAscending ? entries : entries.toSorted((a, b) => a.seq - b.seq);
}
