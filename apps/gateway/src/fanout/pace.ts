/** Messages wait at most this long for company. */
export const WINDOW_MAX_MS = 100;
/**
 * A window lasts this many times what a flush costs, so that one topic takes at most a quarter of a core, and longer by a quarter
 * of the cost for each message that it brings: who reads 200 messages a second does not see 50 ms, and they cost a third less.
 */
const WINDOW_PER_COST = 3;
const WINDOW_PER_COST_AND_MESSAGE = 0.25;
/** Of the latest flush in what is expected of the next one. */
const WEIGHT = 0.3;

/** When a topic's next flush may be: at once where the topic was quiet, else once a window that follows the measured cost. */
export class Pace {
  #costMs = 0;
  #messages = 0;
  #lastFlushAt = -Infinity;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  /** `flush` is called when it is time. */
  constructor(private readonly flush: () => void) {}

  /** To be called when there is something to flush. The window lasts at least `leastMs`. */
  wait(leastMs = 0): void {
    if (this.#timer) return;
    const windowMs = Math.min(WINDOW_MAX_MS, Math.max(leastMs, this.#windowMs));
    this.waitOn(this.#lastFlushAt + windowMs - performance.now());
  }

  /** To be called when there is something to flush that may go out in so many ms. */
  waitOn(waitMs: number): void {
    if (this.#timer) return;
    const due = () => {
      this.#timer = undefined;
      this.flush();
    };
    // Even "at once" waits for the end of the turn: what arrives together goes out together.
    this.#timer = waitMs < 1 ? setImmediate(due) : setTimeout(due, waitMs);
  }

  /** A flush of so many messages has ended that took this long on the event loop. */
  flushed(costMs: number, messages: number): void {
    this.#costMs += WEIGHT * (costMs - this.#costMs);
    this.#messages += WEIGHT * (messages - this.#messages);
    this.#lastFlushAt = performance.now();
  }

  /** Nothing is waited for any more. */
  cancel(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = undefined;
  }

  get #windowMs(): number {
    return this.#costMs * (WINDOW_PER_COST + WINDOW_PER_COST_AND_MESSAGE * this.#messages);
  }
}
