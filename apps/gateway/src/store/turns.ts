import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Turns at SQLite's one connection. A statement by itself goes whenever no transaction is open; a transaction waits until it is
 * alone. Otherwise a statement of somebody else would be part of it, and be rolled back with it.
 */
export class Turns {
  readonly #inTransaction = new AsyncLocalStorage<true>();
  #statements = 0;
  #hasTransaction = false;
  #waiting: (() => void)[] = [];

  async statement<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inTransaction.getStore()) return work();
    while (this.#hasTransaction) await this.#change();
    this.#statements++;
    try {
      return await work();
    } finally {
      this.#statements--;
      this.#tell();
    }
  }

  async transaction<T>(work: () => Promise<T> | T): Promise<T> {
    while (this.#hasTransaction || this.#statements > 0) await this.#change();
    this.#hasTransaction = true;
    try {
      return await this.#inTransaction.run(true, work);
    } finally {
      this.#hasTransaction = false;
      this.#tell();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
