import type { Redis } from 'ioredis';
import type { Log } from '../log';

/** The last event of a cache channel: `text` is the whole message as clients get it. */
export interface CachedEvent {
  readonly text: string;
  readonly ttlMs: number;
}

const SWEEP_MS = 10_000;
const cacheKey = (app: string, channel: string) => `hubbub:cache:${app} ${channel}`;

/** Remembers the last event of each cache channel for a while, for all gateways. While Redis is away nothing is remembered. */
export class ChannelCache {
  readonly #local = new Map<string, { text: string; until: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly redis: Redis | null,
    private readonly ttlMs: number,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => {
      const now = Date.now();
      for (const [key, { until }] of this.#local) if (until <= now) this.#local.delete(key);
    }, SWEEP_MS);
  }

  async put(app: string, channel: string, text: string): Promise<void> {
    const key = cacheKey(app, channel);
    if (!this.redis) {
      this.#local.set(key, { text, until: Date.now() + this.ttlMs });
      return;
    }
    try {
      await this.redis.set(key, text, 'PX', this.ttlMs);
    } catch (error) {
      this.log.debug('pusher: an event was not cached', { channel, error: String(error) });
    }
  }

  async get(app: string, channel: string): Promise<CachedEvent | null> {
    const key = cacheKey(app, channel);
    if (!this.redis) {
      const cached = this.#local.get(key);
      const ttlMs = cached ? cached.until - Date.now() : 0;
      return cached && ttlMs > 0 ? { text: cached.text, ttlMs } : null;
    }
    try {
      const [text, ttlMs] = await Promise.all([this.redis.get(key), this.redis.pttl(key)]);
      return text === null || ttlMs <= 0 ? null : { text, ttlMs };
    } catch (error) {
      this.log.debug('pusher: the cache does not answer', { channel, error: String(error) });
      return null;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
