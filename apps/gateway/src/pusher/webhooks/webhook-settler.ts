import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log';
import type { Result, WebhookStore } from './webhook-store';

const RETRY_MS = 300;

interface Settlement {
  readonly laneId: number;
  readonly seqs: readonly number[];
  readonly result: Result;
  readonly written: () => void;
}

/**
 * Writes down what became of deliveries, in order, those that were told while one was written together. While the database is
 * away they wait.
 */
export class WebhookSettler {
  readonly #store: WebhookStore;
  readonly #log: Log;
  #waiting: Settlement[] = [];
  #writing: Promise<void> | undefined;
  #isClosed = false;
  #isStuck = false;

  constructor(store: WebhookStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** True while the database takes nothing: what is posted meanwhile would be posted again after a crash. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** `written` is called when it is in the database. */
  settle(settlement: Settlement): void {
    this.#waiting.push(settlement);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Writes down what it has been told; what the database does not take now is posted again by another gateway. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = takeAlike(this.#waiting);
      const [{ laneId, result } = { laneId: 0, result: null }] = together;
      if (!result) return;
      try {
        const seqs = together.flatMap((settlement) => settlement.seqs);
        await this.#store.settle(laneId, seqs, result);
        this.#isStuck = false;
        for (const { written } of together) written();
      } catch (error) {
        if (!this.#isStuck) {
          this.#log.warn('webhooks: what was posted is not written down yet', {
            error: String(error),
          });
        }
        this.#isStuck = true;
        if (this.#isClosed) return;
        this.#waiting = [...together, ...this.#waiting];
        await delay(RETRY_MS);
      }
    }
  }
}

const SEQS_MAX = 500;

/** Takes the first one out, and those that are the same but for the time, which then is that of the first. */
function takeAlike(waiting: Settlement[]): Settlement[] {
  const [first] = waiting;
  if (!first) return [];
  const together: Settlement[] = [];
  const others: Settlement[] = [];
  let count = 0;
  for (const one of waiting) {
    const isAlike =
      count < SEQS_MAX &&
      one.laneId === first.laneId &&
      one.result.state === 'delivered' &&
      first.result.state === 'delivered' &&
      one.result.status === first.result.status;
    if (one === first || isAlike) {
      together.push(one);
      count += one.seqs.length;
    } else {
      others.push(one);
    }
  }
  waiting.splice(0, waiting.length, ...others);
  return together;
}
