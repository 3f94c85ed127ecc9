/** Something that has gathered what it is to write. */
export interface Gathered {
  flush(): void;
}

/**
 * The end of a turn of the event loop: what connections have gathered by then is written. That is when all promises that
 * the turn has resolved have been followed to their end, so that the answers to one read, or to one commit, go out together.
 */
export class TurnEnd {
  #gathered: Gathered[] = [];

  /** Once a turn for each. */
  add(gathered: Gathered): void {
    if (this.#gathered.push(gathered) === 1) process.nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    const all = this.#gathered;
    this.#gathered = [];
    for (const gathered of all) gathered.flush();
  };
}
