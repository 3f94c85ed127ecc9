/** A connection may have so many requests under way where this gateway has few. */
const MOST = 64;
/** And so many however many it has: who waits for answers now and then is not held up by those who do not. */
const LEAST = 8;
/**
 * Where a gateway has more, each connection has `LEAST`. So many keep a database busy. More of them only wait for their commit, and
 * each holds some kilobytes, which V8 copies meanwhile: with five times as many, the longest turns of a gateway that had too much
 * to do took nearly twice as long.
 */
const MANY = 256;

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
