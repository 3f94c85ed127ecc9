import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 10;
/** Who gets no turn for longer than this is held up: the machine has something else to do. */
const TURN_MS = 50;

/**
 * A clock that stands while this process is held up, or whoever `probe` asks. A time that is measured with it is what the thing under
 * test takes by itself, so that a bound on it holds on a machine that stops processes for seconds, and need not be loose.
 */
export class FairClock {
  #lookedAt = performance.now();
  #lostMs = 0;
  #isClosed = false;

  constructor(probe: () => unknown = () => undefined) {
    void this.#look(probe);
  }

  /** In ms, from where it does not matter. */
  now(): number {
    return performance.now() - this.lostMs;
  }

  /** For how long it has stood. */
  get lostMs(): number {
    return this.#lostMs + heldUpMs(performance.now() - this.#lookedAt);
  }

  /** What `work` gives, and how long it takes. */
  async time<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
    const startedAt = this.now();
    const result = await work;
    return { result, tookMs: this.now() - startedAt };
  }

  close(): void {
    this.#isClosed = true;
  }

  async #look(probe: () => unknown): Promise<void> {
    while (!this.#isClosed) {
      await delay(LOOK_MS, undefined, { ref: false });
      try {
        await probe();
      } catch {
        // Who is away is not held up.
      }
      const now = performance.now();
      this.#lostMs += heldUpMs(now - this.#lookedAt);
      this.#lookedAt = now;
    }
  }
}

function heldUpMs(sinceLookMs: number): number {
  return Math.max(0, sinceLookMs - TURN_MS);
}
