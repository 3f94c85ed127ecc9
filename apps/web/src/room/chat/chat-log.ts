import type { Entry } from '@hubbub/protocol';
import { rowOf, type ChatRow, type GapRow } from './rows';

export interface ChatView {
  rows: readonly ChatRow[];
  frozen: boolean;
  /** Frozen until the reader goes back to the latest. */
  stopped: boolean;
  /** Messages that came while it was frozen. */
  newCount: number;
  /** The room's log has entries before the first row. */
  hasOlder: boolean;
  older: 'idle' | 'loading' | 'failed';
}

export interface ChatLogOptions {
  /** Rows kept while the reader follows; up to a fifth more, so that the oldest go many at a time. */
  capacity?: number;
  /** The least time between two views that React is given. */
  flushMs?: number;
}

/** Why the list stands still; it does as long as there is one reason. */
export type FreezeReason = 'scroll' | 'pause' | 'menu' | 'hold';

/** What one range of the room's log brought. */
export interface Received {
  /** The last number of the range; every one up to it that is not among the entries is missing. */
  to: number;
  /** What is missing was left out because the room is too busy, and not because the reader was away. */
  thinned: boolean;
}

/**
 * The gaps of a thinned room are gathered into one row for so many rows at least, and at most for twice as many. More than a
 * screen has, so that in a list that follows its end such a row is put in where nobody looks.
 */
const STRETCH = 60;
const NAMES = 500;

/**
 * The rows of a room's chat, outside React: a window onto the log that follows its end, stands exactly still while frozen,
 * and grows backwards on demand. Whatever is missing in it has a gap row that says so; while the room flows too fast to be read
 * whole, that is said beside the list, and the gaps of what is on the screen have rows once the reader stops.
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
  #isFlowing = false;
  #hidesNearGaps = false;
  #nextGapId = 1;
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

  /** Takes entries as they come, in sequence; what it has already is passed over. */
  receive(entries: readonly Entry[], { to, thinned }: Received): void {
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
    if (hole.count > 0) this.#noteGap(hole, thinned);
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
      row.type === 'gap' && row.id === gap.id ? { ...row, loading } : row,
    );
    this.flush();
  }

  /** Fills a gap from its beginning with a page of `history`; what is still missing after the page stays named. */
  fillGap(gap: GapRow, entries: readonly Entry[], more: boolean): void {
    const now = this.#rows.find((row) => row.type === 'gap' && row.id === gap.id);
    // It has left the window, and so has what it stood for.
    if (now?.type !== 'gap') return;
    const { seq, to } = now;
    const last = entries.at(-1)?.seq ?? to;
    const missing = entries.filter(
      (it) => it.seq >= seq && it.seq <= to && !this.#known.has(it.seq),
    );
    const rows = this.#rows.filter((row) => row !== now);
    rows.push(...this.#rowsOf(missing));
    if (more && last < to) {
      const count = this.#missing(last + 1, to);
      if (count > 0) rows.push({ ...now, seq: last + 1, count, loading: 'idle' });
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

  /** Back to the latest, where the reader has stopped to read. */
  follow(): void {
    this.release('scroll');
    this.release('pause');
  }

  /** Whether the room is too fast to be shown whole just now, which is said beside the list. */
  setFlowing(isFlowing: boolean): void {
    if (isFlowing === this.#isFlowing) return;
    this.#isFlowing = isFlowing;
    this.#changed();
  }

  /** Gives React what has come, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    this.#trim();
    if (this.#isStopped) this.#hidesNearGaps = false;
    // A list that stands still for a moment only stays as it is.
    else if (this.#frozenAfter === null) this.#hidesNearGaps = this.#isFlowing;
    this.#view = this.#makeView();
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get #isStopped(): boolean {
    return this.#freezes.has('scroll') || this.#freezes.has('pause');
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

  #noteGap(hole: { from: number; to: number; count: number }, thinned: boolean): void {
    const index = this.#rows.findLastIndex((row) => row.type === 'gap');
    const gap = this.#rows[index];
    const isSeen = this.#frozenAfter !== null && gap !== undefined && gap.seq <= this.#frozenAfter;
    if (thinned && gap?.type === 'gap' && gap.thinned && gap.loading === 'idle' && !isSeen) {
      this.#rows[index] = { ...gap, to: hole.to, count: gap.count + hole.count };
      this.#splitGap(index);
      return;
    }
    this.#rows.push(this.#gap({ seq: hole.from, to: hole.to, count: hole.count, thinned }));
  }

  #gap(gap: Pick<GapRow, 'seq' | 'to' | 'count' | 'thinned'>): GapRow {
    return { type: 'gap', id: this.#nextGapId++, at: 0, loading: 'idle', ...gap };
  }

  /** A gap that has become too long ends in the middle of its rows, and another one begins there. */
  #splitGap(index: number): void {
    const gap = this.#rows[index];
    const middle = this.#rows[index + STRETCH];
    if (gap?.type !== 'gap' || middle === undefined) return;
    if (this.#rows.length - index <= 2 * STRETCH) return;
    const count = this.#missing(gap.seq, middle.seq);
    const rest = gap.count - count;
    if (count === 0 || rest === 0) return;
    let from = middle.seq + 1;
    while (this.#known.has(from)) from += 1;
    this.#rows[index] = { ...gap, to: middle.seq - 1, count };
    const after = this.#rows.findIndex((row) => row.seq > from);
    const { to, thinned } = gap;
    const place = after < 0 ? this.#rows.length : after;
    this.#rows.splice(place, 0, this.#gap({ seq: from, to, count: rest, thinned }));
  }

  #missing(from: number, to: number): number {
    let missing = 0;
    for (let seq = from; seq <= to; seq += 1) if (!this.#known.has(seq)) missing += 1;
    return missing;
  }

  /**
   * Following, only the latest rows are kept; frozen, what the reader sees and the latest of what came since. Whatever goes
   * moves all rows below it, which the browser then paints anew: at 40 messages/s the main thread is busy for 23 % of the time
   * where that happens at each flush, for 17 % with a fifth of the rows at a time.
   */
  #trim(): void {
    const kept = this.#frozenAfter === null ? 0 : this.#shownLength();
    const excess = this.#rows.length - kept - this.#capacity;
    if (excess <= Math.floor(this.#capacity / 5)) return;
    const dropped = this.#rows.splice(kept, excess);
    const first = this.#rows[kept]?.seq ?? 0;
    for (const gap of dropped) {
      if (gap.type !== 'gap' || gap.to < first) continue;
      const count = this.#missing(first, gap.to);
      if (count > 0) this.#rows.splice(kept, 0, { ...gap, seq: first, count });
    }
    if (kept > 0) {
      for (const row of dropped) this.#known.delete(row.seq);
      return;
    }
    this.#firstSeq = first;
    for (const seq of this.#known) if (seq < first) this.#known.delete(seq);
  }

  #shownLength(): number {
    const after = this.#frozenAfter;
    if (after === null) return this.#rows.length;
    return this.#rows.findLastIndex((row) => row.seq <= after) + 1;
  }

  #shownRows(): ChatRow[] {
    const rows = this.#rows.slice(0, this.#shownLength());
    if (!this.#hidesNearGaps) return rows;
    const near = rows.length - STRETCH;
    return rows.filter(
      (row, i) => i < near || row.type !== 'gap' || !row.thinned || row.loading !== 'idle',
    );
  }

  #makeView(): ChatView {
    return {
      rows: this.#shownRows(),
      frozen: this.#frozenAfter !== null,
      stopped: this.#isStopped,
      newCount: this.#frozenAfter === null ? 0 : this.#newCount,
      hasOlder: this.#firstSeq !== null && this.#firstSeq > 1,
      older: this.#older,
    };
  }
}
