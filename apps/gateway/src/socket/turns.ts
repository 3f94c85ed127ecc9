/**
 * A turn of the event loop that has taken this long does no more jobs. While some wait, it is counted from the end of the turn
 * before, with all else that is done in between: commits that have landed, what the bus brings, bullets that are due. With that, and
 * 96 requests under way instead of 256, the longest turns of a gateway that had too much to do were 45, 66 and 53 ms; without, in
 * between, 107, 63 and 99 ms, and a twelfth less was acknowledged.
 */
const TURN_MS = 4;
/** Jobs have this long in any case: what else there is to do does not end. */
const LEAST_MS = 1;

/**
 * Does jobs in the order in which they come, as many in a turn of the event loop as fit into its 4 ms: when thousands connect at once,
 * or send at once, everybody else is served in between.
 */
export class Turns {
  #jobs: (() => void)[] = [];
  #next = 0;
  /** When this turn began, or the first thing was done in it; null where nothing was. */
  #startedAt: number | null = null;
  #deadline = 0;

  /** Whether something may be done at once instead of being added: nothing waits, and this turn has time left. */
  isFree(): boolean {
    if (this.#jobs.length > 0) return false;
    const now = performance.now();
    if (this.#startedAt !== null) return now - this.#startedAt < TURN_MS;
    this.#startedAt = now;
    setImmediate(this.#endTurn);
    return true;
  }

  /** `job` does not throw. */
  add(job: () => void): void {
    if (this.#jobs.push(job) === 1 && this.#startedAt === null) setImmediate(this.#endTurn);
  }

  /** What waits has the time that is left. */
  readonly #endTurn = (): void => {
    const now = performance.now();
    this.#deadline = Math.max((this.#startedAt ?? now) + TURN_MS, now + LEAST_MS);
    this.#startedAt = null;
    this.#doNext();
  };

  readonly #doNext = (): void => {
    this.#jobs[this.#next++]?.();
    if (this.#next < this.#jobs.length) {
      if (performance.now() < this.#deadline) {
        // Behind what follows from the job's promises, which for a frame takes five times as long as the job: only so is it counted.
        queueMicrotask(this.#doNext);
        return;
      }
      this.#startedAt = performance.now();
      setImmediate(this.#endTurn);
    }
    // There may be some left for as long as a gateway has too much to do: what is done is not kept until then.
    this.#jobs.splice(0, this.#next);
    this.#next = 0;
  };
}
