import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../database-errors';
import type { Log } from '../../log';
import type { NewDelivery, WebhookStore } from './webhook-store';

/** What is inserted together. */
const GROUP_MAX = 500;
const GROUP_BYTES = 1024 * 1024;
/** No database takes an event of any size, and no receiver. */
const EVENT_BYTES_MAX = 1024 * 1024;
/** What may wait for the database. */
const WAITING_MAX = 50_000;
const WAITING_BYTES_MAX = 32 * 1024 * 1024;
const RETRY_MS = 250;

export interface RecordedEventsOptions {
  store: WebhookStore;
  /** How long `close` tries to insert what is waiting. */
  closeMs: number;
  /** Something is in the database, in these lanes. */
  inserted: (lanes: readonly number[]) => void;
  /** So many deliveries are lost. */
  dropped: (count: number) => void;
  log: Log;
}

/**
 * Brings deliveries into the database, those together that come together. While it is away they wait in memory, up to a bound;
 * what comes then is lost, and that is logged.
 */
export class RecordedEvents {
  readonly #options: RecordedEventsOptions;
  #waiting: NewDelivery[] = [];
  #waitingBytes = 0;
  #inserting: Promise<void> | undefined;
  #dropped = 0;
  #isClosed = false;
  #giveUpAt = Infinity;

  constructor(options: RecordedEventsOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Returns at once. */
  add(deliveries: readonly NewDelivery[]): void {
    const isFull = this.#waiting.length >= WAITING_MAX || this.#waitingBytes >= WAITING_BYTES_MAX;
    if (isFull || this.#isClosed) {
      this.#drop(deliveries.length);
      return;
    }
    for (const delivery of deliveries) {
      if (Buffer.byteLength(delivery.body) > EVENT_BYTES_MAX) {
        this.#options.log.warn('webhooks: an event is too large', { app: delivery.appId });
        this.#options.dropped(1);
        continue;
      }
      this.#waiting.push(delivery);
      this.#waitingBytes += delivery.body.length;
    }
    this.#inserting ??= this.#insertWaiting().finally(() => {
      this.#inserting = undefined;
    });
  }

  /** Resolves when they are in the database. @throws where it is away. */
  async insert(deliveries: readonly NewDelivery[]): Promise<void> {
    for (let i = 0; i < deliveries.length; i += GROUP_MAX) {
      await this.#insertGroup(deliveries.slice(i, i + GROUP_MAX));
    }
  }

  /** Inserts what is waiting, as long as that takes no longer than it may. */
  async close(): Promise<void> {
    this.#giveUpAt = performance.now() + this.#options.closeMs;
    this.#isClosed = true;
    await this.#inserting;
    if (this.#waiting.length > 0) this.#drop(this.#waiting.length);
  }

  async #insertWaiting(): Promise<void> {
    // What is recorded in this turn goes together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const group = this.#firstGroup();
      try {
        await this.#insertGroup(group);
        this.#waiting = this.#waiting.slice(group.length);
        for (const { body } of group) this.#waitingBytes -= body.length;
        this.#tellDropped();
      } catch (error) {
        this.#options.log.debug('webhooks: events are not recorded yet', { error: String(error) });
        if (performance.now() >= this.#giveUpAt) return;
        await delay(RETRY_MS);
      }
    }
  }

  #firstGroup(): NewDelivery[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((delivery, i) => {
      bytes += delivery.body.length;
      return i > 0 && (i >= GROUP_MAX || bytes > GROUP_BYTES);
    });
    return this.#waiting.slice(0, end < 0 ? undefined : end);
  }

  /** @throws where the database is away. */
  async #insertGroup(group: readonly NewDelivery[]): Promise<void> {
    const { store, inserted, dropped, log } = this.#options;
    const [first] = group;
    if (!first) return;
    try {
      inserted(await store.insert(group));
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      if (group.length === 1) {
        const { appId: app } = first;
        log.error('webhooks: the database does not take an event', { app, error: String(error) });
        dropped(1);
        return;
      }
      // What is wrong with one of them is no harm to the others.
      for (const delivery of group) await this.#insertGroup([delivery]);
    }
  }

  #drop(count: number): void {
    if (this.#dropped === 0) {
      this.#options.log.error('webhooks: events are lost that the database did not take in time');
    }
    this.#dropped += count;
    this.#options.dropped(count);
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#options.log.warn('webhooks: events were lost', { count: this.#dropped });
    this.#dropped = 0;
  }
}
