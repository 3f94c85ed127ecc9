import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Redis } from 'ioredis';
import type { Log } from '../log';
import type { Transition } from './occupancy';
import type { TransitionQueue } from './occupancy-consumer';
import { DONE, PEEK, RENEW, runScript } from './occupancy-scripts';

/** A consumer that has not renewed its right for this long is dead, and another one takes over. */
const CONSUMER_MS = 1_500;
const RENEW_MS = 400;

/** The transitions of all gateways, a stream in Redis. One gateway at a time consumes it, so that the order is kept. */
export class RedisOccupancyTransitions implements TransitionQueue {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #consumer = randomUUID();
  readonly #news = new EventEmitter();
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis, log: Log) {
    this.#redis = redis;
    this.#log = log;
  }

  /** Redis has some. */
  tell(): void {
    this.#news.emit('told');
  }

  async untilNews(signal: AbortSignal): Promise<void> {
    await once(this.#news, 'told', { signal }).catch(() => undefined);
  }

  async peek(): Promise<Transition[] | null> {
    clearInterval(this.#timer);
    if (this.#redis.status !== 'ready') return null;
    const answer = await runScript(this.#redis, PEEK, [this.#consumer, CONSUMER_MS]);
    if (answer === null) return null;
    const [birth, entries] = answer as [string, [string, [string, string]][]];
    if (entries.length > 0) this.#holdOn();
    return entries.map(([entry, [, json]]) => ({
      ...(JSON.parse(json) as Omit<Transition, 'id'>),
      id: `${birth}/${entry}`,
    }));
  }

  async done(batch: readonly Transition[]): Promise<void> {
    const ids = batch.map(({ id }) => id.split('/'));
    await runScript(this.#redis, DONE, [
      this.#consumer,
      ids[0]?.[0] ?? '',
      ...ids.map(([, entry = '']) => entry),
    ]);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#redis.status === 'ready') await this.#renew(0);
  }

  /** Whoever handles a batch for long goes on being the consumer: until the next `peek`, which renews the right by itself. */
  #holdOn(): void {
    this.#timer = setInterval(() => {
      this.#renew(CONSUMER_MS).catch((error: unknown) => {
        this.#log.debug('occupancy: the consumer was not renewed', { error: String(error) });
      });
    }, RENEW_MS).unref();
  }

  async #renew(durationMs: number): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    await runScript(this.#redis, RENEW, [this.#consumer, durationMs]);
  }
}
