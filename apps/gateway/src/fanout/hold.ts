/** Nobody is to wait for ever: without the bus and the database there is no fresh news. */
const HOLD_MAX_MS = 1_000;

/** Holds back what may be out of date until there is fresh news (G9). */
export class Hold {
  #since: number | undefined;

  constructor(private readonly isFresh: () => boolean) {}

  /** To be asked before something is given out. True: not yet. */
  holds(): boolean {
    const now = performance.now();
    if (!this.isFresh() && now - (this.#since ??= now) < HOLD_MAX_MS) return true;
    this.#since = undefined;
    return false;
  }
}
