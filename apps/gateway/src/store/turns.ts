import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Turns at SQLite's one connection, in the order in which they are asked for. A statement of somebody else between those of a
 * transaction would be part of it, and be rolled back with it.
 */
export class Turns {
  readonly #inside = new AsyncLocalStorage<symbol>();
  /** The transaction whose turn it is. */
  #open: symbol | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** True within the work of the transaction whose turn it is. */
  get isInside(): boolean {
    return this.#open !== undefined && this.#inside.getStore() === this.#open;
  }

  /** Within a transaction, a statement is part of it. */
  statement<T>(work: () => Promise<T>): Promise<T> {
    return this.isInside ? work() : this.#take(work);
  }

  /** @throws {TypeError} within a transaction, which would wait for itself. */
  async transaction<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.isInside) throw new TypeError('a transaction within a transaction');
    return this.#take(async () => {
      const open = Symbol('transaction');
      this.#open = open;
      try {
        return await this.#inside.run(open, work);
      } finally {
        this.#open = undefined;
        // Else Node follows every promise of the process from the first transaction on, and all of them pay for it.
        this.#inside.disable();
      }
    });
  }

  #take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
