/** Messages wait at most this long for company. */
const WINDOW_MAX_MS = 100;
/** A window lasts this many times what a flush costs, so that one topic takes at most a sixth of a core. */
const WINDOW_PER_COST = 5;

/** When a topic's next flush may be: at once where the topic was quiet, else once a window that follows the measured cost. */
export class Pace {
  #costMs = 0;
  #lastFlushAt = -Infinity;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  /** `flush` is called when it is time. */
  constructor(private readonly flush: () => void) {}

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** To be called when there is something to flush. */
  wait(): void {
    if (this.#timer) return;
    const windowMs = Math.min(WINDOW_MAX_MS, this.#costMs * WINDOW_PER_COST);
    const waitMs = this.#lastFlushAt + windowMs - performance.now();
    const due = () => {
      this.#timer = undefined;
      this.flush();
    };
    // Even "at once" waits for the end of the turn: what arrives together goes out together.
    this.#timer = waitMs < 1 ? setImmediate(due) : setTimeout(due, waitMs);
  }

  /** A flush has ended that took this long on the event loop. */
  flushed(costMs: number): void {
    this.#costMs = this.#costMs * 0.7 + costMs * 0.3;
    this.#lastFlushAt = performance.now();
  }

  /** Nothing is waited for any more. */
  cancel(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = undefined;
  }
}
