/** Jobs that have taken this long in one turn of the event loop, with what follows from their promises, go on in the next. */
const TURN_MS = 4;

/**
 * Does jobs in the order in which they come, as many in a turn of the event loop as fit into 4 ms: when thousands connect at once,
 * or send at once, everybody else is served in between.
 */
export class Turns {
  #jobs: (() => void)[] = [];
  #next = 0;
  /** When the first thing was done in this turn; null where nothing was. */
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

  /** What waits has the time that is left, and one job in any case. */
  readonly #endTurn = (): void => {
    this.#deadline = (this.#startedAt ?? performance.now()) + TURN_MS;
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
      setImmediate(this.#endTurn);
    }
    // There may be some left for as long as a gateway has too much to do: what is done is not kept until then.
    this.#jobs.splice(0, this.#next);
    this.#next = 0;
  };
}
