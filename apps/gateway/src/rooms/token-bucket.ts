/** Forgets full buckets when there are this many. */
const SWEEP_AT = 10_000;

/**
 * Token buckets by name: `rate` a second on average, `burst` in one go. Kept in this process, because asking Redis for each
 * message would cost more than the message: somebody on two gateways has two buckets.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    readonly rate: number,
    readonly burst: number,
  ) {}

  /** Takes a token and returns 0, or returns the time in ms until there is one. A rate of 0 is no limit. */
  take(name: string, now = performance.now()): number {
    if (this.rate <= 0) return 0;
    const bucket = this.#buckets.get(name);
    const tokens = bucket
      ? Math.min(this.burst, bucket.tokens + ((now - bucket.at) / 1_000) * this.rate)
      : this.burst;
    if (tokens < 1) return Math.ceil(((1 - tokens) / this.rate) * 1_000);
    if (bucket) {
      bucket.tokens = tokens - 1;
      bucket.at = now;
    } else {
      if (this.#buckets.size >= SWEEP_AT) this.#sweep(now);
      this.#buckets.set(name, { tokens: tokens - 1, at: now });
    }
    return 0;
  }

  #sweep(now: number): void {
    for (const [name, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1_000) * this.rate >= this.burst) this.#buckets.delete(name);
    }
  }
}
