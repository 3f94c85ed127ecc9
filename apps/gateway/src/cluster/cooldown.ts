import type { Redis } from 'ioredis';
import type { Log } from '../log';

/**
 * "Not again before": a name that was claimed is refused until its time has run out, on every gateway. While Redis is away each
 * gateway knows its own claims only.
 */
export class Cooldown {
  readonly #redis: Redis | null;
  readonly #log: Log;
  readonly #local = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(redis: Redis | null, log: Log) {
    this.#redis = redis;
    this.#log = log;
    this.#timer = setInterval(() => {
      const now = Date.now();
      for (const [name, until] of this.#local) if (until <= now) this.#local.delete(name);
    }, 10_000);
  }

  /** Claims the name for `durationMs` and returns 0, or returns the time in ms that an earlier claim still has to run. */
  async claim(name: string, durationMs: number): Promise<number> {
    const now = Date.now();
    const leftMs = (this.#local.get(name) ?? 0) - now;
    if (leftMs > 0) return leftMs;
    this.#local.set(name, now + durationMs);
    if (this.#redis?.status !== 'ready') return 0;
    const key = `hubbub:cooldown:${name}`;
    try {
      if (await this.#redis.set(key, '1', 'PX', durationMs, 'NX')) return 0;
      const elsewhereMs = Math.max(1, await this.#redis.pttl(key));
      this.#local.set(name, Date.now() + elsewhereMs);
      return elsewhereMs;
    } catch (error) {
      this.#log.debug('cooldown: no answer from redis', { error: String(error) });
      return 0;
    }
  }

  /** Gives a claim back: what it was for did not happen. */
  async release(name: string): Promise<void> {
    this.#local.delete(name);
    if (this.#redis?.status !== 'ready') return;
    await this.#redis.del(`hubbub:cooldown:${name}`).catch((error: unknown) => {
      this.#log.debug('cooldown: not released, it runs out', { error: String(error) });
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
