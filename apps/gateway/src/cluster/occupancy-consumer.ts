import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log';
import { untilBeat } from '../beat';
import type { Transition } from './occupancy';

/** How often it looks when there was nothing, or somebody else consumes. Each look is a command, also of an idle gateway. */
const LOOK_MS = 500;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/** A queue of transitions that one at a time consumes. */
export interface TransitionQueue {
  /** The oldest ones, in order; they stay until they are `done`. Null: somebody else consumes. */
  peek(): Promise<Transition[] | null>;
  done(batch: readonly Transition[]): Promise<void>;
  /** Lets somebody else consume. */
  release(): Promise<void>;
}

/** Hands a queue over batch by batch, in order. A batch that could not be handled comes again, and nothing before it has. */
export class OccupancyConsumer {
  readonly #queue: TransitionQueue;
  readonly #handle: (batch: Transition[]) => Promise<void>;
  readonly #log: Log;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #backoffMs = BACKOFF_MIN_MS;

  constructor(queue: TransitionQueue, handle: (batch: Transition[]) => Promise<void>, log: Log) {
    this.#queue = queue;
    this.#handle = handle;
    this.#log = log;
    this.#running = this.#run();
  }

  /** Waits for the batch in hand. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const waitMs = await this.#consume();
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
    await this.#queue.release().catch((error: unknown) => {
      this.#log.debug('occupancy: the consumer was not released, it runs out', {
        error: String(error),
      });
    });
  }

  /** Returns how long to wait before the next batch. */
  async #consume(): Promise<number> {
    try {
      const batch = await this.#queue.peek();
      if (!batch || batch.length === 0) return untilBeat(LOOK_MS);
      await this.#handle(batch);
      await this.#queue.done(batch);
      this.#backoffMs = BACKOFF_MIN_MS;
      return 0;
    } catch (error) {
      this.#log.debug('occupancy: transitions come again', { error: String(error) });
      const waitMs = this.#backoffMs;
      this.#backoffMs = Math.min(BACKOFF_MAX_MS, waitMs * 2);
      return waitMs;
    }
  }
}
