import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log';
import type { Transition } from './occupancy';

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/** A queue of transitions that one at a time consumes. */
export interface TransitionQueue {
  /** The oldest ones, in order; they stay until they are `done`. Null: somebody else consumes. */
  peek(): Promise<Transition[] | null>;
  done(batch: readonly Transition[]): Promise<void>;
  /** Resolves within half a second of when there may be one that this one can have, or without one, and when it is aborted. Never rejects. */
  untilNews(signal: AbortSignal): Promise<void>;
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
      await this.#consume(signal);
    }
    await this.#queue.release().catch((error: unknown) => {
      this.#log.debug('occupancy: the consumer was not released, it runs out', {
        error: String(error),
      });
    });
  }

  /** Handles the next batch, or waits for one. */
  async #consume(signal: AbortSignal): Promise<void> {
    try {
      const batch = await this.#queue.peek();
      if (!batch || batch.length === 0) {
        await this.#queue.untilNews(signal);
        return;
      }
      await this.#handle(batch);
      await this.#queue.done(batch);
      this.#backoffMs = BACKOFF_MIN_MS;
    } catch (error) {
      this.#log.debug('occupancy: transitions come again', { error: String(error) });
      const waitMs = this.#backoffMs;
      this.#backoffMs = Math.min(BACKOFF_MAX_MS, waitMs * 2);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
