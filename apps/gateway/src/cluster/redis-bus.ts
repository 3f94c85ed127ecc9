import { Redis } from 'ioredis';
import type { Log } from '../log';
import { onBeat } from '../beat';
import type { Bus, BusHandler } from './bus';

/**
 * The bus publishes to itself this often, and is unwell as soon as what it last heard of that is older than `BEAT_STALE_MS`, which is
 * less than a second (G9). Twice as often was a quarter of what an idle gateway does.
 */
const BEAT_MS = 500;
const BEAT_STALE_MS = 900;
/** A connection that stands and carries nothing for this long is made anew. */
const DEAF_MS = 3_000;
const RECONNECT_MAX_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A command that Redis does not answer for this long has failed. */
const COMMAND_TIMEOUT_MS = 1_000;
/** Channels in one SUBSCRIBE after a reconnect. */
const RESUBSCRIBE_CHUNK = 500;

/**
 * The bus on Redis pub/sub. A connection that stands says little (Redis may be paused, the path may be cut), so the bus sends
 * itself a beat and is well only while it hears it. A beat says when it was published: all that was published before has arrived. So a
 * path that is slow, or a gateway that was stopped for a while and has old beats to read, is not taken for a fresh one.
 */
export class RedisBus implements Bus {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #handlers = new Map<string, BusHandler>();
  readonly #listeners: ((isWell: boolean) => void)[] = [];
  readonly #beatChannel: string;
  readonly #log: Log;
  readonly #endBeat: () => void;
  /** Runs out when the last beat that was heard is too old. */
  #stale: NodeJS.Timeout | undefined;
  /** When that one was published. */
  #beatAt = -Infinity;
  #readyAt = -Infinity;
  #isWell = false;
  #isClosed = false;

  /** `url` is `redis://…`; `gateway` is this gateway's name, its own beat's channel. */
  constructor(url: string, gateway: string, log: Log) {
    this.#log = log;
    this.#beatChannel = `hubbub:beat:${gateway}`;
    this.#publisher = connectRedis(url, log, 'bus publisher');
    this.#subscriber = connectRedis(url, log, 'bus subscriber');
    this.#subscriber.on('ready', () => {
      this.#readyAt = performance.now();
      void this.#resubscribe();
    });
    this.#subscriber.on('close', () => {
      // What is published from here on is missed for certain: no need to wait until the beat is stale.
      this.#beatAt = -Infinity;
      this.#become(false);
    });
    this.#subscriber.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
      this.#receive(channel.toString(), payload);
    });
    this.#endBeat = onBeat(BEAT_MS, () => {
      this.#beat();
    });
  }

  get isWell(): boolean {
    return this.#isWell && this.#isFresh;
  }

  async publish(channel: string, payload: string | Buffer): Promise<number> {
    if (this.#publisher.status !== 'ready') return 0;
    try {
      return await this.#publisher.publish(channel, payload);
    } catch (error) {
      this.#log.debug('bus: publish failed', { channel, error: String(error) });
      return 0;
    }
  }

  async subscribe(channel: string, handler: BusHandler): Promise<void> {
    this.#handlers.set(channel, handler);
    if (this.#subscriber.status !== 'ready') return;
    try {
      await this.#subscriber.subscribe(channel);
    } catch (error) {
      this.#log.debug('bus: subscribe failed, the next connection makes up for it', {
        channel,
        error: String(error),
      });
    }
  }

  unsubscribe(channel: string): void {
    this.#handlers.delete(channel);
    if (this.#subscriber.status !== 'ready') return;
    this.#subscriber.unsubscribe(channel).catch((error: unknown) => {
      this.#log.debug('bus: unsubscribe failed', { channel, error: String(error) });
    });
  }

  onChange(listener: (isWell: boolean) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endBeat();
    clearTimeout(this.#stale);
    this.#handlers.clear();
    await Promise.all([closeRedis(this.#publisher), closeRedis(this.#subscriber)]);
  }

  #receive(channel: string, payload: Buffer): void {
    if (channel === this.#beatChannel) {
      this.#hear(Number(payload.toString()));
      return;
    }
    try {
      this.#handlers.get(channel)?.(payload);
    } catch (error) {
      this.#log.error('bus: a payload could not be handled', { channel, error: String(error) });
    }
  }

  get #isFresh(): boolean {
    return performance.now() - this.#beatAt < BEAT_STALE_MS;
  }

  #hear(publishedAt: number): void {
    this.#beatAt = publishedAt;
    if (!this.#isFresh || this.#isClosed) return;
    this.#become(true);
    clearTimeout(this.#stale);
    const staleAt = publishedAt + BEAT_STALE_MS;
    this.#stale = setTimeout(() => {
      // Behind what has arrived: a gateway that was busy for long may have the next beat without having read it.
      setImmediate(() => {
        if (!this.#isFresh) this.#become(false);
      });
    }, staleAt - performance.now());
  }

  async #resubscribe(): Promise<void> {
    try {
      // The beat comes last: hearing it again means that every other subscription stands.
      const channels = [...this.#handlers.keys(), this.#beatChannel];
      for (let i = 0; i < channels.length; i += RESUBSCRIBE_CHUNK) {
        await this.#subscriber.subscribe(...channels.slice(i, i + RESUBSCRIBE_CHUNK));
      }
    } catch (error) {
      this.#log.debug('bus: resubscribing failed', { error: String(error) });
    }
  }

  #beat(): void {
    const now = performance.now();
    const deafMs = now - Math.max(this.#beatAt, this.#readyAt);
    if (deafMs > DEAF_MS) {
      for (const redis of [this.#subscriber, this.#publisher]) {
        if (redis.status === 'ready') redis.disconnect(true);
      }
    }
    void this.publish(this.#beatChannel, String(now));
  }

  #become(isWell: boolean): void {
    if (isWell === this.#isWell || this.#isClosed) return;
    this.#isWell = isWell;
    if (isWell) this.#log.info('bus: redis is well');
    else this.#log.warn('bus: redis does not answer; entries come from the database');
    for (const listener of this.#listeners) listener(isWell);
  }
}

/** What it is asked in one go is one write: a commit of many rooms has a publication for each, and the beats come together. */
class GatheringRedis extends Redis {
  override sendCommand(...command: Parameters<Redis['sendCommand']>): unknown {
    const { stream } = this;
    if (this.status === 'ready' && stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => {
        stream.uncork();
      });
    }
    return super.sendCommand(...command);
  }
}

/**
 * A connection to Redis that comes back by itself, fails commands at once while it is away, and after `commandTimeoutMs` when Redis
 * does not answer.
 */
export function connectRedis(
  url: string,
  log: Log,
  role: string,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
): Redis {
  const redis = new GatheringRedis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResubscribe: false,
    // Jitter, so that the gateways of a cluster do not come back in one moment.
    retryStrategy: (times) =>
      Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2),
  });
  redis.on('error', (error: Error) => {
    log.debug(`redis: ${role}`, { error: error.message });
  });
  return redis;
}

/** Ends a connection in bounded time, whatever its state. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') {
    await Promise.race([
      redis.quit().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 500).unref()),
    ]);
  }
  redis.disconnect();
}
