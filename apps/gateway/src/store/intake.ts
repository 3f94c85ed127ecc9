import { Refusal } from '../refusal';

/** What would wait longer is refused at once: its sender comes back when there is room. */
const WAIT_MAX_MS = 250;
/** The rate is measured over windows of this length, and forgotten after this time without one. */
const WINDOW_MS = 100;
const KNOWN_FOR_MS = 2_000;
/** Of a newly measured window in the rate. */
const WEIGHT = 0.3;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/** How much waits, seen from somebody who wants to join the line. */
export interface Line {
  /** Entries of all rooms that are in no commit yet. */
  waiting: number;
  /** Entries of the own room among them. */
  ahead: number;
  /** Rooms with something to commit. */
  rooms: number;
  /** For how long the own room's commit has been in flight. */
  inFlightMs: number;
}

export interface IntakeBounds {
  /** This much may always wait: a batch that is not full says nothing of what the database takes. */
  least: number;
  /** No more than this waits, whatever the rate. */
  most: number;
  /** A commit in flight for longer is stuck, and whatever follows it would be too. */
  stuckMs: number;
}

/**
 * Says how many entries may wait: as many as the database commits in a quarter of a second. How fast it is shows only while more
 * waits than it takes, so a burst that comes to an idle log is let in whole. Rooms take turns, so nobody waits for all that a
 * busier room has in the line, nor is refused for it.
 */
export class Intake {
  readonly #bounds: IntakeBounds;
  #entriesPerMs = Infinity;
  #measuredAt = -Infinity;
  #windowFrom: number | null = null;
  #windowEntries = 0;
  /** Those refused so far are told to come back one after the other, up to here. */
  #returnsUntil = 0;

  constructor(bounds: IntakeBounds) {
    this.#bounds = bounds;
  }

  /** After each commit: what it had, and what still waits. */
  note(entries: number, waiting: number, now = performance.now()): void {
    if (waiting < this.#bounds.least / 2) {
      this.#windowFrom = null;
      return;
    }
    if (this.#windowFrom === null) {
      this.#windowFrom = now;
      this.#windowEntries = 0;
      return;
    }
    this.#windowEntries += entries;
    const windowMs = now - this.#windowFrom;
    if (windowMs < WINDOW_MS) return;
    const measured = this.#windowEntries / windowMs;
    const known = this.#rate(now);
    this.#entriesPerMs = known === Infinity ? measured : known + WEIGHT * (measured - known);
    this.#measuredAt = now;
    this.#windowFrom = now;
    this.#windowEntries = 0;
  }

  /** How long `waiting` entries take; 0 while it is not known. */
  waitMs(waiting: number, now = performance.now()): number {
    return waiting / this.#rate(now);
  }

  /** Null for whoever may join the line. */
  refusal(line: Line, now = performance.now()): Refusal | null {
    const { least, most, stuckMs } = this.#bounds;
    if (line.inFlightMs > stuckMs) return this.#comeBack(line.inFlightMs, now);
    // By the time that it is its turn, every other room has had as many turns.
    const before = Math.min(line.waiting, line.rooms * (line.ahead + 1));
    const bound = Math.min(most / 2, Math.max(least, this.#rate(now) * WAIT_MAX_MS));
    if (before < bound && line.waiting < most) return null;
    return this.#comeBack(this.waitMs(before, now) / 2, now);
  }

  /**
   * When half of the line is committed there is room, for as many as are committed from then on: each who is refused is given a
   * moment of its own, or all would come back at once and be refused again.
   */
  #comeBack(afterMs: number, now: number): Refusal {
    const at = Math.max(this.#returnsUntil, now + afterMs);
    this.#returnsUntil = Math.min(now + RETRY_MAX_MS, at + 1 / this.#rate(now));
    return unavailable((at - now) * (1 + Math.random() / 4));
  }

  #rate(now: number): number {
    return now - this.#measuredAt > KNOWN_FOR_MS ? Infinity : this.#entriesPerMs;
  }
}

/** The entry was not taken, or nobody knows. */
export function unavailable(retryAfterMs = 1_000): Refusal {
  const ms = Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, Math.round(retryAfterMs)));
  return new Refusal('unavailable', 'the database does not take messages now', {
    retryAfterMs: ms,
  });
}
