/** Jobs that have taken this long in one turn of the event loop go on in the next. */
const TURN_MS = 10;

/**
 * Does jobs in the order in which they come, as many in a turn of the event loop as fit into 10 ms: when thousands connect at once,
 * those who are connected are served in between.
 */
export class Turns {
  #jobs: (() => void)[] = [];
  #next = 0;

  /** `job` does not throw. */
  add(job: () => void): void {
    if (this.#jobs.push(job) === 1) setImmediate(this.#work);
  }

  readonly #work = (): void => {
    const startedAt = performance.now();
    while (this.#next < this.#jobs.length) {
      if (performance.now() - startedAt > TURN_MS) {
        setImmediate(this.#work);
        return;
      }
      this.#jobs[this.#next++]?.();
    }
    this.#jobs = [];
    this.#next = 0;
  };
}
