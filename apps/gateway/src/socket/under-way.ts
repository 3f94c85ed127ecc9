/** A connection may have so many requests under way where this gateway has few. */
const MOST = 64;
/** And so many however many it has: who waits for answers now and then is not held up by those who do not. */
const LEAST = 4;
/**
 * Where a gateway has more, each connection has `LEAST`. So many keep a database busy. More of them only wait for their commit, are
 * settled in one turn when it has landed, and hold some kilobytes each, which V8 copies meanwhile: without a bound, 1,280 were under
 * way, and the longest turns of a gateway that had too much to do took nearly twice as long as with 256 and 8 for each; for those
 * numbers see turns.ts.
 */
const MANY = 96;

/** The requests of all connections that are taken and not answered yet. What has come besides waits as the bytes that it is. */
export class UnderWay {
  #count = 0;

  /** Whether a connection with so many of them may have one more. */
  hasRoomBeside(own: number): boolean {
    return own < LEAST || (own < MOST && this.#count < MANY);
  }

  add(): void {
    this.#count++;
  }

  remove(): void {
    this.#count--;
  }
}
