import type { Entry } from '@hubbub/protocol';
import { rowOf, type ChatRow, type GapRow } from './rows';

export interface ChatView {
  rows: readonly ChatRow[];
  frozen: boolean;
  /** Messages that came while it was frozen. */
  newCount: number;
  /** The room's log has entries before the first row. */
  hasOlder: boolean;
  older: 'idle' | 'loading' | 'failed';
}

export interface ChatLogOptions {
  /** Rows kept while the reader follows. */
  capacity?: number;
  /** The least time between two views that React is given. */
  flushMs?: number;
}

/** Why the list stands still; it does as long as there is one reason. */
export type FreezeReason = 'scroll' | 'menu' | 'hold';

/** Thinned windows join one gap while it is within the last so many rows, so that a storm is not half gaps. */
const GAP_REACH = 150;
const NAMES = 500;

/**
 * The rows of a room's chat, outside React: a window onto the log that follows its end, stands exactly still while frozen,
 * and grows backwards on demand. Whatever is missing in it has a gap row that says so.
 */
export class ChatLog {
  readonly #capacity: number;
  readonly #flushMs: number;
  readonly #listeners = new Set<() => void>();
  readonly #freezes = new Set<FreezeReason>();
  readonly #names = new Map<string, string>();
  /** The sequences within the window that have come, those without a row included. */
  readonly #known = new Set<number>();
  #rows: ChatRow[] = [];
  #firstSeq: number | null = null;
  #lastSeq: number | null = null;
  #frozenAfter: number | null = null;
  #newCount = 0;
  #older: ChatView['older'] = 'idle';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #view: ChatView;

  constructor(options: ChatLogOptions = {}) {
    this.#capacity = options.capacity ?? 300;
    this.#flushMs = options.flushMs ?? 150;
    this.#view = this.#makeView();
  }

  readonly view = (): ChatView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  get firstSeq(): number | null {
    return this.#firstSeq;
  }

  /** Where the log goes on; null before anything came. */
  get lastSeq(): number | null {
    return this.#lastSeq;
  }

  /** Forgets everything: the log has begun anew. */
  reset(): void {
    this.#rows = [];
    this.#known.clear();
    this.#firstSeq = null;
    this.#lastSeq = null;
    this.#newCount = 0;
    if (this.#frozenAfter !== null) this.#frozenAfter = 0;
    this.flush();
  }

  /** A message that is in the window, for a reply to quote. */
  find(seq: number): ChatRow | undefined {
    return this.#rows.find((row) => row.seq === seq && row.type !== 'gap');
  }

  /**
   * Takes entries as they come, in sequence; what it has already is passed over. Every number up to `to` that is not among
   * them is missing. `resumed` marks the first batch after a join, whose gap is not mixed with the thinning of a busy room.
   */
  receive(entries: readonly Entry[], to: number, options: { resumed?: boolean } = {}): void {
    let expected = (this.#lastSeq ?? (entries[0]?.seq ?? to + 1) - 1) + 1;
    const hole = { from: 0, to: 0, count: 0 };
    const skip = (until: number): void => {
      if (until < expected) return;
      if (hole.count === 0) hole.from = expected;
      hole.to = until;
      hole.count += until - expected + 1;
    };
    const fresh = entries.filter((entry) => entry.seq >= expected);
    this.#firstSeq ??= expected;
    for (const entry of fresh) {
      skip(entry.seq - 1);
      expected = entry.seq + 1;
    }
    skip(to);
    this.#lastSeq = Math.max(this.#lastSeq ?? 0, to, expected - 1);
    if (hole.count > 0) this.#noteGap(hole, options.resumed === true);
    for (const entry of fresh) this.#add(entry);
    if (this.#frozenAfter !== null) this.#newCount += hole.count;
    if (fresh.length > 0 || hole.count > 0) this.#changed();
  }

  /** Puts a page of `history` before the window. `more` is false where the log begins with it. */
  prependOlder(entries: readonly Entry[], more: boolean): void {
    const first = this.#firstSeq ?? Number.MAX_SAFE_INTEGER;
    const older = entries.filter((entry) => entry.seq < first);
    this.#rows = [...this.#rowsOf(older), ...this.#rows];
    this.#firstSeq = more ? (older[0]?.seq ?? this.#firstSeq) : 1;
    this.#older = 'idle';
    this.flush();
  }

  setOlder(state: ChatView['older']): void {
    this.#older = state;
    this.flush();
  }

  setGap(gap: GapRow, loading: GapRow['loading']): void {
    this.#rows = this.#rows.map((row) =>
      row.type === 'gap' && row.seq === gap.seq ? { ...row, loading } : row,
    );
    this.flush();
  }

  /** Fills a gap from its beginning with a page of `history`; what is still missing after the page stays named. */
  fillGap(gap: GapRow, entries: readonly Entry[], more: boolean): void {
    const last = entries.at(-1)?.seq ?? gap.to;
    const missing = entries.filter((entry) => entry.seq <= gap.to && !this.#known.has(entry.seq));
    const rows = this.#rows.filter((row) => !(row.type === 'gap' && row.seq === gap.seq));
    rows.push(...this.#rowsOf(missing));
    if (more && last < gap.to) {
      const count = this.#missing(last + 1, gap.to);
      if (count > 0) rows.push({ ...gap, seq: last + 1, count, loading: 'idle' });
    }
    this.#rows = rows.sort((a, b) => a.seq - b.seq);
    this.flush();
  }

  freeze(reason: FreezeReason): void {
    if (this.#freezes.has(reason)) return;
    if (this.#freezes.size === 0) {
      // What came since the last flush is shown with it and does not count as new.
      this.#frozenAfter = this.#rows.at(-1)?.seq ?? 0;
      this.#newCount = 0;
    }
    this.#freezes.add(reason);
    this.flush();
  }

  release(reason: FreezeReason): void {
    if (!this.#freezes.delete(reason)) return;
    if (this.#freezes.size === 0) this.#frozenAfter = null;
    this.flush();
  }

  isFrozenBy(reason: FreezeReason): boolean {
    return this.#freezes.has(reason);
  }

  /** Gives React what has come, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    this.#trim();
    this.#view = this.#makeView();
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #changed(): void {
    const wait = Math.max(0, this.#flushedAt + this.#flushMs - performance.now());
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, wait);
  }

  #add(entry: Entry): void {
    if (entry.kind === 'delete') this.#withdraw((row) => row.seq === entry.target);
    if (entry.kind === 'clear') {
      this.#withdraw((row) => entry.user === null || row.user.id === entry.user);
    }
    const rows = this.#rowsOf([entry]);
    this.#rows.push(...rows);
    if (this.#frozenAfter === null) return;
    if (rows[0]?.type === 'message') this.#newCount += 1;
  }

  #rowsOf(entries: readonly Entry[]): ChatRow[] {
    const rows: ChatRow[] = [];
    for (const entry of entries) {
      this.#known.add(entry.seq);
      if (entry.kind === 'message') this.#remember(entry.user);
      const row = rowOf(entry, (id) => this.#names.get(id));
      if (row !== null) rows.push(row);
    }
    return rows;
  }

  #remember({ id, name }: { id: string; name: string }): void {
    this.#names.delete(id);
    this.#names.set(id, name);
    if (this.#names.size <= NAMES) return;
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest);
      return;
    }
  }

  #withdraw(isMeant: (row: { seq: number; user: { id: string } }) => boolean): void {
    this.#rows = this.#rows.map((row) =>
      row.type === 'message' && isMeant(row)
        ? { type: 'withdrawn', seq: row.seq, at: row.at, user: row.user }
        : row,
    );
  }

  #noteGap(hole: { from: number; to: number; count: number }, apart: boolean): void {
    const reach = this.#rows.length - GAP_REACH;
    const index = apart ? -1 : this.#rows.findLastIndex((row) => row.type === 'gap');
    const gap = this.#rows[index];
    const isSeen = this.#frozenAfter !== null && gap !== undefined && gap.seq <= this.#frozenAfter;
    if (gap?.type === 'gap' && index >= reach && gap.loading === 'idle' && !isSeen) {
      this.#rows[index] = { ...gap, to: hole.to, count: gap.count + hole.count };
      return;
    }
    const row: GapRow = {
      type: 'gap',
      seq: hole.from,
      at: 0,
      to: hole.to,
      count: hole.count,
      loading: 'idle',
    };
    this.#rows.push(row);
  }

  #missing(from: number, to: number): number {
    let missing = 0;
    for (let seq = from; seq <= to; seq += 1) if (!this.#known.has(seq)) missing += 1;
    return missing;
  }

  /** Following, only the latest rows are kept; frozen, what the reader sees and the latest of what came since. */
  #trim(): void {
    const kept = this.#frozenAfter === null ? 0 : this.#shownLength();
    const excess = this.#rows.length - kept - this.#capacity;
    if (excess <= 0) return;
    const dropped = this.#rows.splice(kept, excess);
    if (kept > 0) {
      for (const row of dropped) this.#known.delete(row.seq);
      return;
    }
    const first = this.#rows[0]?.seq ?? 0;
    for (const gap of dropped) {
      if (gap.type !== 'gap' || gap.to < first) continue;
      const count = this.#missing(first, gap.to);
      if (count > 0) this.#rows.unshift({ ...gap, seq: first, count });
    }
    this.#firstSeq = first;
    for (const seq of this.#known) if (seq < first) this.#known.delete(seq);
  }

  #shownLength(): number {
    const after = this.#frozenAfter;
    if (after === null) return this.#rows.length;
    return this.#rows.findLastIndex((row) => row.seq <= after) + 1;
  }

  #makeView(): ChatView {
    return {
      rows: this.#rows.slice(0, this.#shownLength()),
      frozen: this.#frozenAfter !== null,
      newCount: this.#frozenAfter === null ? 0 : this.#newCount,
      hasOlder: this.#firstSeq !== null && this.#firstSeq > 1,
      older: this.#older,
    };
  }
}
