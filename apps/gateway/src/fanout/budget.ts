/** What a viewer is given a second of one topic. What is not used is kept for a second: after a pause a burst passes whole. */
export class Budget {
  #tokens: number;
  #filledAt = performance.now();

  /** `perSecond` is Infinity where there is no limit. */
  constructor(readonly perSecond: number) {
    this.#tokens = perSecond;
  }

  /** How many items may be given now. */
  get available(): number {
    if (this.perSecond === Infinity) return Infinity;
    const now = performance.now();
    const earned = ((now - this.#filledAt) * this.perSecond) / 1_000;
    this.#filledAt = now;
    this.#tokens = Math.min(this.perSecond, this.#tokens + earned);
    return Math.floor(this.#tokens);
  }

  /** What is given beyond what was available is not owed: a burst that has to pass does not silence the time after it. */
  spend(items: number): void {
    this.#tokens = Math.max(0, this.#tokens - items);
  }
}
