/**
 * Jobs that have taken this long in one turn of the event loop go on in the next. What a frame has promised follows at the turn's end,
 * and takes twice as long again.
 */
const TURN_MS = 4;

/**
 * Does jobs in the order in which they come, as many in a turn of the event loop as fit into 4 ms: when thousands connect at once,
 * or send at once, everybody else is served in between.
 */
export class Turns {
  #jobs: (() => void)[] = [];
  #next = 0;
  /** When the first asked in this turn; null where nobody has. */
  #askedAt: number | null = null;

  /** Whether something may be done at once instead of being added: nothing waits, and this turn has time left. */
  isFree(): boolean {
    if (this.#jobs.length > 0) return false;
    const now = performance.now();
    if (this.#askedAt !== null) return now - this.#askedAt < TURN_MS;
    this.#askedAt = now;
    setImmediate(this.#endTurn);
    return true;
  }

  /** `job` does not throw. */
  add(job: () => void): void {
    if (this.#jobs.push(job) === 1) setImmediate(this.#work);
  }

  readonly #endTurn = (): void => {
    this.#askedAt = null;
  };

  readonly #work = (): void => {
    const startedAt = performance.now();
    while (this.#next < this.#jobs.length) {
      if (performance.now() - startedAt > TURN_MS) {
        // There may be some left for as long as a gateway has too much to do: what is done is not kept until then.
        this.#jobs.splice(0, this.#next);
        this.#next = 0;
        setImmediate(this.#work);
        return;
      }
      this.#jobs[this.#next++]?.();
    }
    this.#jobs = [];
    this.#next = 0;
  };
}
