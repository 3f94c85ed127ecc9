import type { Latency } from './wire';

const LEAST_MS = 0.01;
/** Each step is so much more than the one before: a quantile is right to 1 %. */
const STEP = Math.log(1.01);
const STEPS = 2_000;

/** Any number of times, in memory that does not grow with it. */
export class Latencies {
  readonly #counts = new Float64Array(STEPS);
  #count = 0;
  #max = 0;

  add(ms: number): void {
    const step = ms <= LEAST_MS ? 0 : Math.round(Math.log(ms / LEAST_MS) / STEP);
    const at = Math.min(step, STEPS - 1);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count++;
    if (ms > this.#max) this.#max = ms;
  }

  get summary(): Latency {
    if (this.#count === 0) return { count: 0, p50: null, p99: null, max: null };
    return {
      count: this.#count,
      p50: this.#quantile(0.5),
      p99: this.#quantile(0.99),
      max: this.#max,
    };
  }

  /** What `share` of them are not above. */
  #quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    let step = 0;
    for (; step < STEPS - 1; step++) {
      left -= this.#counts[step] ?? 0;
      if (left <= 0) break;
    }
    return Math.min(LEAST_MS * Math.exp(step * STEP), this.#max);
  }
}
