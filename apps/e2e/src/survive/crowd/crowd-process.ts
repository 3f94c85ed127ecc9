import { WorkerProcess } from '../../testing/worker-process';
import { Looked, Told, type Command } from './wire';

type Open = Omit<Extract<Command, { do: 'open' }>, 'do'>;

/** The crowd, from outside. */
export class CrowdProcess {
  readonly #worker = new WorkerProcess<Command>('apps/e2e/src/survive/crowd/crowd.ts');

  /** Resolves when all have joined. @throws {Error} where they have not after a minute. */
  async open(options: Open): Promise<void> {
    await this.#worker.ask({ do: 'open', ...options });
  }

  async begin(): Promise<void> {
    await this.#worker.ask({ do: 'begin' });
  }

  async look(heads: Record<string, number> = {}): Promise<Looked> {
    return Looked.parse(await this.#worker.ask({ do: 'look', heads }));
  }

  async tell(): Promise<Told> {
    return Told.parse(await this.#worker.ask({ do: 'tell' }));
  }

  /** Closes all viewers. */
  async close(): Promise<void> {
    await this.#worker.ask({ do: 'close' });
  }

  /** Ends the process. */
  stop(): Promise<void> {
    return this.#worker.stop();
  }
}
