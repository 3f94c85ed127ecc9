import { Redis } from 'ioredis';
import { RedisServer } from '../../testing/redis-server';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { LocalBus } from '../local-bus';
import { LocalOccupancy } from '../local-occupancy';
import { channelTopic, type Occupancy, type OccupancyNews, type Transition } from '../occupancy';
import { closeRedis, connectRedis } from '../redis-bus';
import { RedisOccupancy } from '../redis-occupancy';

/** Resolves when the occupancy is counted by Redis. */
export async function untilHeld(occupancy: Occupancy): Promise<void> {
  await until('redis counts', async () => (await occupancy.roster('no', 'no')) !== null);
}

/** A second, as a gateway has it, is what a machine may hold its process up for. */
const PATIENT_MS = 20_000;

/** The news of one channel, in the order in which they are told. */
interface Listener {
  readonly news: OccupancyNews[];
}

/** Gateways as far as occupancy is concerned, on one Redis or alone in this process. */
export class OccupancyStage {
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #bus = new LocalBus();

  private constructor(readonly server: RedisServer | null) {}

  static async create(kind: 'local' | 'redis'): Promise<OccupancyStage> {
    return new OccupancyStage(kind === 'redis' ? await RedisServer.start() : null);
  }

  /** @throws {TypeError} where there is none. */
  get redis(): RedisServer {
    if (!this.server) throw new TypeError('there is no Redis');
    return this.server;
  }

  /** `port` where Redis is reached by another one, or may not answer: only then is it given up after a second. */
  async gateway(name: string, port?: number): Promise<Occupancy> {
    if (!this.server) {
      const occupancy = new LocalOccupancy(this.#bus, silent);
      this.#closers.push(() => occupancy.close());
      return occupancy;
    }
    const url = `redis://127.0.0.1:${String(port ?? this.server.port)}`;
    const redis = connectRedis(url, silent, name);
    if (port === undefined) redis.options.commandTimeout = PATIENT_MS;
    const occupancy = new RedisOccupancy({ redis, gateway: name, log: silent });
    this.#closers.push(async () => {
      await occupancy.close();
      await closeRedis(redis);
    });
    await untilHeld(occupancy);
    return occupancy;
  }

  async listen(app: string, channel: string): Promise<Listener> {
    const news: OccupancyNews[] = [];
    const topic = channelTopic(app, channel);
    const handler = (payload: Buffer) => news.push(JSON.parse(payload.toString()) as OccupancyNews);
    if (this.server) {
      const redis = new Redis(this.server.url);
      redis.on('error', () => undefined);
      redis.on('messageBuffer', (_: Buffer, payload: Buffer) => handler(payload));
      await redis.subscribe(topic);
      this.#closers.push(() => closeRedis(redis));
    } else {
      await this.#bus.subscribe(topic, handler);
    }
    return { news };
  }

  /** Everything that one consumer is handed from now on. */
  consume(occupancy: Occupancy): Transition[] {
    const handed: Transition[] = [];
    const end = occupancy.consumeTransitions((batch) => {
      handed.push(...batch);
      return Promise.resolve();
    });
    this.#closers.push(end);
    return handed;
  }

  /** Ends the gateways, and forgets everything. */
  async clear(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    if (!this.server) return;
    const redis = new Redis(this.server.url);
    await redis.flushall();
    redis.disconnect();
  }

  async close(): Promise<void> {
    await this.clear();
    await this.server?.kill();
  }
}
