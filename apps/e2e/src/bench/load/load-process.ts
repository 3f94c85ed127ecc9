import { WorkerProcess } from '../../testing/worker-process';
import { Flooded, Sent, Viewed, type Command, type Target } from './wire';

/** The generator of load: a process of its own, so that what it costs can be told from what the server costs. */
export class LoadProcess {
  readonly #worker = new WorkerProcess<Command>('apps/e2e/src/bench/load/load.ts', {
    flags: ['--max-semi-space-size=16'],
  });

  /** @throws {Error} where a connection is refused: then none is left open. */
  async view(target: Target, viewers: number): Promise<Viewed> {
    return Viewed.parse(await this.#worker.ask({ do: 'view', target, viewers }));
  }

  /** @throws {Error} where a sender is refused. */
  async send(
    target: Target,
    load: Omit<Extract<Command, { do: 'send' }>, 'do' | 'target'>,
  ): Promise<Sent> {
    return Sent.parse(await this.#worker.ask({ do: 'send', target, ...load }));
  }

  /** @throws {Error} where a sender is refused, or no sender is answered. */
  async flood(
    target: Target,
    load: { senders: number; inFlight: number; seconds: number },
  ): Promise<Flooded> {
    return Flooded.parse(await this.#worker.ask({ do: 'flood', target, ...load }));
  }

  async close(): Promise<void> {
    await this.#worker.ask({ do: 'close' });
  }

  /** Ends the process. */
  stop(): Promise<void> {
    return this.#worker.stop();
  }
}
