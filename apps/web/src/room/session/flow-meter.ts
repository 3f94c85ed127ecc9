import { ValueStore } from '../value-store';

/** How a room flows that is too busy to be given whole, in messages a second. */
export interface Flow {
  /** Rounded to two figures, for a number that is read at a glance; null until it has been measured for a while. */
  perSecond: number | null;
  /** Of these, how many the reader is given. */
  shownPerSecond: number;
}

/** A room flows until nothing was left out for so long; rates are those of the same time. */
const WINDOW_S = 5;
const LEAST_S = 2;

interface Second {
  at: number;
  given: number;
  omitted: number;
}

/** Measures a live room, and says whether it is thinned. A new value at most once a second, and only where it differs. */
export class FlowMeter {
  /** Null while everything is given. */
  readonly flow = new ValueStore<Flow | null>(null);
  #seconds: Second[] = [];
  #since = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  note({ given, omitted }: { given: number; omitted: number }): void {
    const now = secondNow();
    if (this.#timer === undefined) {
      if (omitted === 0) return;
      this.#begin(now);
    }
    const last = this.#seconds.at(-1);
    if (last?.at === now) {
      last.given += given;
      last.omitted += omitted;
    } else this.#seconds.push({ at: now, given, omitted });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#seconds = [];
    this.flow.set(null);
  }

  #begin(now: number): void {
    this.#since = now;
    this.flow.set({ perSecond: null, shownPerSecond: 0 });
    this.#timer = setInterval(() => {
      this.#measure();
    }, 1000);
  }

  /** Of whole seconds: the one that runs would pull the rate down. */
  #measure(): void {
    const now = secondNow();
    this.#seconds = this.#seconds.filter(({ at }) => at >= now - WINDOW_S);
    const omitted = sum(this.#seconds.map((second) => second.omitted));
    if (omitted === 0) {
      this.close();
      return;
    }
    // The first second has begun before the room was too busy.
    const length = Math.min(WINDOW_S, now - this.#since - 1);
    if (length < LEAST_S) return;
    const whole = this.#seconds.filter(({ at }) => at >= now - length && at < now);
    const given = sum(whole.map((second) => second.given));
    const all = given + sum(whole.map((second) => second.omitted));
    const next = { perSecond: rounded(all / length), shownPerSecond: rounded(given / length) };
    const before = this.flow.get();
    const isSame =
      before?.perSecond === next.perSecond && before.shownPerSecond === next.shownPerSecond;
    if (!isSame) this.flow.set(next);
  }
}

function secondNow(): number {
  return Math.floor(performance.now() / 1000);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function rounded(rate: number): number {
  return Number(rate.toPrecision(2));
}
