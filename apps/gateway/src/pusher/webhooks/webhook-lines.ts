import type { Delivery } from './webhook-store';

/** What is to be posted with one ordering key, in order. */
export interface Line {
  readonly key: string;
  readonly rows: Delivery[];
  /** So many of the first rows have failed together, and are posted again together. */
  tried: number;
  /** `waiting`: until what has failed may be tried again. */
  state: 'open' | 'posting' | 'waiting';
  /** Unix ms of the first of the failures that no success has followed. */
  troubleSince: number | null;
  /** The first row behind those held, where some were passed over: they are read again when the line goes on. */
  passedFrom: number | null;
}

/** Rows for one post, and of which lines they are. */
export interface Batch {
  readonly rows: readonly Delivery[];
  readonly lines: ReadonlyMap<Line, Delivery[]>;
}

export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * The rows of a lane that are in memory, a line for each ordering key. A line that is in trouble holds what was tried and nothing
 * more; the others go on.
 */
export class WebhookLines {
  readonly #limits: BatchLimits;
  readonly #lines = new Map<string, Line>();
  /** Lines that may be posted: those that are tried again, and the others, in the order in which they have begun to wait. */
  readonly #retries = new Set<Line>();
  readonly #fresh = new Set<Line>();
  /** Numbers of the rows that are in memory, or posted and not written down. */
  readonly #held = new Set<number>();
  #heldBytes = 0;
  #troubled = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get held(): number {
    return this.#held.size;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Lines that wait until they may be tried again. */
  get troubled(): number {
    return this.#troubled;
  }

  /** Lines that may be posted for the first time. */
  get fresh(): number {
    return this.#fresh.size;
  }

  /** Whether waiting for more would make the next post no larger. */
  get hasFullBatch(): boolean {
    let events = 0;
    let bytes = 0;
    for (const { rows } of this.#fresh) {
      for (const row of rows) {
        events++;
        bytes += row.body.length;
        if (events >= this.#limits.events || bytes >= this.#limits.bytes) return true;
      }
    }
    return false;
  }

  /**
   * Takes rows in, in order. Returns the lines whose rows another gateway has tried, and until when (Unix ms) they have to wait: then
   * `resume` them.
   */
  add(page: readonly Delivery[]): Map<Line, number> {
    const waiting = new Map<Line, number>();
    for (const row of page) {
      if (this.#held.has(row.seq)) continue;
      const line = this.#line(row.orderingKey);
      if (row.attempts > 0 && this.#takesTried(line)) {
        if (line.state === 'open') this.#setTrouble(line, row.queuedAt);
        line.tried++;
        waiting.set(line, Math.max(waiting.get(line) ?? 0, row.dueAt ?? 0));
      } else if (isHeldBack(line)) {
        line.passedFrom ??= row.seq;
        continue;
      }
      this.#held.add(row.seq);
      this.#heldBytes += row.body.length;
      line.rows.push(row);
      this.#offer(line);
    }
    return waiting;
  }

  /** What has failed before, and may be tried again. */
  takeRetry(): Batch | null {
    for (const line of this.#retries) {
      this.#retries.delete(line);
      const rows = line.rows.splice(0, line.tried);
      line.state = 'posting';
      return { rows, lines: new Map([[line, rows]]) };
    }
    return null;
  }

  takeFresh(): Batch | null {
    const lines = new Map<Line, Delivery[]>();
    let events = 0;
    let bytes = 0;
    for (const line of this.#fresh) {
      let count = 0;
      for (const row of line.rows) {
        const isTooMuch = bytes + row.body.length > this.#limits.bytes && events > 0;
        if (events >= this.#limits.events || isTooMuch) break;
        events++;
        bytes += row.body.length;
        count++;
      }
      if (count === 0) break;
      lines.set(line, line.rows.splice(0, count));
      line.state = 'posting';
      this.#fresh.delete(line);
    }
    if (events === 0) return null;
    const rows = [...lines.values()].flat().sort((a, b) => a.seq - b.seq);
    return { rows, lines };
  }

  /** Nothing of it was posted. */
  putBack({ lines }: Batch): void {
    for (const [line, rows] of lines) {
      line.rows.unshift(...rows);
      line.state = 'open';
      this.#offer(line);
    }
  }

  /** The line's rows wait, to be posted again together; those behind them are passed over. `resume` ends that. */
  holdBack(line: Line, rows: readonly Delivery[], now: number): void {
    this.passOver(line);
    line.rows.push(...rows);
    line.tried = rows.length;
    this.#setTrouble(line, line.troubleSince ?? now);
  }

  /** What the line holds is read again when it goes on. */
  passOver(line: Line): void {
    const [first] = line.rows;
    if (!first) return;
    line.passedFrom = Math.min(first.seq, line.passedFrom ?? Infinity);
    this.forget(line.rows.splice(0));
  }

  /** What was held back may be tried. */
  resume(line: Line): void {
    if (line.state !== 'waiting') return;
    this.#troubled--;
    line.state = 'open';
    this.#offer(line);
  }

  /**
   * Nothing of the line is posted any more, and it goes on. Returns the number of the first row that was passed over, if any: from
   * there on it has to be read again.
   */
  release(line: Line, isWell: boolean): number | null {
    const { passedFrom } = line;
    line.state = 'open';
    line.tried = 0;
    line.passedFrom = null;
    if (isWell) line.troubleSince = null;
    this.#offer(line);
    if (line.rows.length === 0 && (isWell || passedFrom === null)) this.#lines.delete(line.key);
    return passedFrom;
  }

  /** They are written down. */
  forget(rows: readonly Delivery[]): void {
    for (const row of rows) {
      if (this.#held.delete(row.seq)) this.#heldBytes -= row.body.length;
    }
  }

  /** Everything has been read: lines without rows are not waited for. */
  forgetEmpty(): void {
    for (const line of this.#lines.values()) {
      if (line.state === 'open' && line.rows.length === 0) this.#lines.delete(line.key);
    }
  }

  #takesTried({ state, rows, tried, passedFrom }: Line): boolean {
    const isFirst = state === 'open' && rows.length === 0;
    const isNext = state === 'waiting' && tried === rows.length && passedFrom === null;
    return isFirst || (isNext && tried < this.#limits.events);
  }

  #setTrouble(line: Line, since: number): void {
    line.troubleSince = since;
    line.state = 'waiting';
    this.#troubled++;
  }

  #offer(line: Line): void {
    if (line.state !== 'open' || line.rows.length === 0) return;
    (line.tried > 0 ? this.#retries : this.#fresh).add(line);
  }

  #line(key: string): Line {
    let line = this.#lines.get(key);
    if (!line) {
      line = {
        key,
        rows: [],
        tried: 0,
        state: 'open',
        troubleSince: null,
        passedFrom: null,
      };
      this.#lines.set(key, line);
    }
    return line;
  }
}

/** Whether what comes behind has to wait in the database: what was passed over before would else be overtaken. */
function isHeldBack({ state, tried, troubleSince, passedFrom }: Line): boolean {
  const isTriedAgain = state === 'posting' && troubleSince !== null;
  return passedFrom !== null || tried > 0 || isTriedAgain;
}
