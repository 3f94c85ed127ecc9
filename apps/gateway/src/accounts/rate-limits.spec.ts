import { Redis } from 'ioredis';
import { readSettings } from '../env';
import { FairClock } from '../testing/fair-clock';
import { RedisServer } from '../testing/redis-server';
import { RateLimits } from './rate-limits';

const settings = readSettings({});
const ADDRESS = '203.0.113.9';
/** A little less than what a gateway waits for an answer. */
const REDIS_PATIENCE_MS = 200;

/** How many of `count` were let through. */
async function letThrough(limits: RateLimits, count: number, address = ADDRESS): Promise<number> {
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, () => limits.takeOfAddress('guests', address)),
  );
  return outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
}

describe('rate limits of one gateway', () => {
  it('let through what is allowed, and name the time for the rest', async () => {
    const limits = new RateLimits(settings, null);
    await expect(letThrough(limits, 40)).resolves.toBe(30);
    const refused = limits.takeOfAddress('guests', ADDRESS);
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited' });
    const error = (await refused.catch((e: unknown) => e)) as { details: { retryAfterMs: number } };
    expect(error.details.retryAfterMs).toBeGreaterThan(0);
    expect(error.details.retryAfterMs).toBeLessThanOrEqual(60_000);
    await expect(letThrough(limits, 1, '203.0.113.10')).resolves.toBe(1);
  });

  it('pass the exempt addresses', async () => {
    const limits = new RateLimits(settings, null);
    await expect(letThrough(limits, 100, '127.0.0.1')).resolves.toBe(100);
  });

  it('count an IPv6 network as one', async () => {
    const limits = new RateLimits(settings, null);
    await expect(letThrough(limits, 30, '2001:db8::1')).resolves.toBe(30);
    await expect(letThrough(limits, 1, '2001:db8::2')).resolves.toBe(0);
  });

  it('take back what did not count', async () => {
    const limits = new RateLimits(settings, null);
    await letThrough(limits, 30);
    await limits.giveBackOfAddress('guests', ADDRESS);
    await expect(letThrough(limits, 2)).resolves.toBe(1);
  });
});

describe('rate limits of a cluster', () => {
  let server: RedisServer;
  const clients: Redis[] = [];

  function connect(): Redis {
    const client = new Redis(server.port, '127.0.0.1', {
      retryStrategy: () => 50,
      disconnectTimeout: 50,
    });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  async function ready(client: Redis): Promise<void> {
    if (client.status === 'ready') return;
    await new Promise<void>((resolve) =>
      client.once('ready', () => {
        resolve();
      }),
    );
  }

  /** What `work` gives for an address where Redis has answered in time; where it has not, each gateway counts for itself. */
  async function inTime<T>(work: (address: string) => Promise<T>): Promise<T> {
    for (let n = 1; ; n++) {
      const startedAt = performance.now();
      const result = await work(`198.51.100.${String(n)}`);
      if (performance.now() - startedAt < REDIS_PATIENCE_MS) return result;
    }
  }

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.kill();
  });

  it('are counted over all gateways', async () => {
    const redis = [connect(), connect()];
    await Promise.all(redis.map(ready));
    const [one, other] = redis.map((client) => new RateLimits(settings, client));
    if (!one || !other) throw new Error('two gateways');
    const counted = await inTime(async (address) => [
      await letThrough(one, 20, address),
      await letThrough(other, 20, address),
      await letThrough(one, 1, address),
    ]);
    expect(counted).toEqual([20, 10, 0]);
  });

  it('G5: are counted by each gateway while Redis does not answer, and nobody waits for it', async () => {
    const redis = connect();
    await ready(redis);
    const limits = new RateLimits(settings, redis);
    server.pause();
    const clock = new FairClock();
    const { result, tookMs } = await clock.time(letThrough(limits, 40, '203.0.113.30'));
    expect(result).toBe(30);
    expect(tookMs).toBeLessThan(2_000);
    clock.close();
    server.resume();
  });

  it('G5: are counted while Redis is gone, and by Redis again when it is back', async () => {
    const redis = connect();
    await ready(redis);
    const limits = new RateLimits(settings, redis);
    await server.kill();
    await expect(letThrough(limits, 40, '203.0.113.40')).resolves.toBe(30);
    await server.start();
    await ready(redis);
    await expect(letThrough(limits, 5, '203.0.113.41')).resolves.toBe(5);
    await expect(redis.keys('*203.0.113.41*')).resolves.toHaveLength(1);
  });
});
