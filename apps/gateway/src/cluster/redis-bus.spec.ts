import { FairClock } from '../testing/fair-clock';
import { RedisServer } from '../testing/redis-server';
import { until } from '../testing/until';
import { Cooldown } from './cooldown';
import { RedisBus, closeRedis, connectRedis } from './redis-bus';
import { Viewers } from './viewers';

const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };

describe('on a real Redis', () => {
  let server: RedisServer;
  const closers: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  afterAll(async () => {
    await server.kill();
  });

  async function createBus(gateway: string): Promise<RedisBus> {
    const bus = new RedisBus(server.url, gateway, log);
    closers.push(() => bus.close());
    await until('the bus is well', () => bus.isWell);
    return bus;
  }

  it('carries payloads to those who subscribe, and says how many they were', async () => {
    const [a, b] = [await createBus('a'), await createBus('b')];
    const heard: string[] = [];
    await a.subscribe('room', (payload) => heard.push(`a ${payload.toString()}`));
    await b.subscribe('room', (payload) => heard.push(`b ${payload.toString()}`));
    await until('it goes to both', async () => (await a.publish('room', 'one')) === 2);
    await until('both heard it', () => heard.includes('a one') && heard.includes('b one'));
    b.unsubscribe('room');
    await until('b is not asked any more', async () => (await a.publish('room', 'two')) === 1);
    expect(heard).not.toContain('b two');
  });

  it('G5: is unwell while Redis is away or paused, and comes back with its subscriptions', async () => {
    const bus = await createBus('a');
    const changes: boolean[] = [];
    bus.onChange((isWell) => changes.push(isWell));
    const heard: string[] = [];
    await bus.subscribe('before', (payload) => heard.push(payload.toString()));
    await server.kill();
    await until('the bus notices that Redis is gone', () => !bus.isWell);
    expect(await bus.publish('before', 'lost')).toBe(0);
    await bus.subscribe('meanwhile', (payload) => heard.push(payload.toString()));
    await server.start();
    await until('the bus is well again', () => bus.isWell);
    await bus.publish('before', 'one');
    await bus.publish('meanwhile', 'two');
    await until('both subscriptions stand', () => heard.length === 2);
    expect(heard).toEqual(['one', 'two']);
    server.pause();
    const pausedAt = performance.now();
    let wellAt = pausedAt;
    await until('the bus notices that Redis does not answer', () => {
      const askedAt = performance.now();
      if (!bus.isWell) return true;
      wellAt = askedAt;
      return false;
    });
    // Whoever asks is told sooner than a withdrawal stops waiting for this gateway (G9).
    expect(wellAt - pausedAt).toBeLessThan(1_000);
    await until('that is told', () => changes.at(-1) === false);
    server.resume();
    await until('the bus hears Redis again', () => bus.isWell);
    await until('that is told', () => changes.at(-1) === true);
    // A gateway that is held up is unwell for a moment too: more often, but never twice the same.
    expect(changes.length).toBeGreaterThanOrEqual(4);
    expect(changes).toEqual(changes.map((_, i) => i % 2 === 1));
  });

  it('G9: is unwell at once when its gateway wakes from a stop', async () => {
    const bus = await createBus('a');
    const awake = performance.now() + 1_000;
    while (performance.now() < awake);
    // Whatever is handled before the next beat arrives is not to take what it has for fresh.
    expect(bus.isWell).toBe(false);
    await until('it has heard itself again', () => bus.isWell);
  });

  it('G7: counts viewers over all gateways, and not those of one that died', async () => {
    const create = (gateway: string) => {
      const redis = connectRedis(server.url, log, 'test');
      const viewers = new Viewers(redis, gateway, log);
      return { redis, viewers };
    };
    const a = create('a');
    const b = create('b');
    closers.push(async () => {
      for (const { viewers, redis } of [a, b]) {
        await viewers.close();
        await closeRedis(redis);
      }
    });
    a.viewers.add(1, 1, 'ada');
    b.viewers.add(1, 1, 'ada');
    b.viewers.add(1, 1, 'bob');
    b.viewers.add(2, 1, null);
    expect(a.viewers.count(1)).toBe(1);
    await until('both count all', () => a.viewers.count(1) === 3 && b.viewers.count(1) === 3);
    for (const { viewers } of [a, b]) {
      await until('both count users', async () => (await viewers.users(1)) === 2);
    }
    await b.redis.flushall();
    await until('it is written anew', async () => (await a.viewers.users(1)) === 2);
    b.viewers.add(1, -1, 'bob');
    await until('one has gone', async () => (await a.viewers.users(1)) === 1);
    b.viewers.add(1, 1, 'bob');
    await until('and is back', () => a.viewers.count(1) === 3);
    expect(a.viewers.ranking()).toEqual([
      { roomId: 1, viewers: 3 },
      { roomId: 2, viewers: 1 },
    ]);
    // As a crash: no lease is given up, nothing is renewed any more.
    b.redis.disconnect();
    const clock = new FairClock(() => a.redis.ping());
    const diedAt = clock.now();
    await until('the dead gateway is not counted', () => a.viewers.count(1) === 1);
    await until('nor its users', async () => (await a.viewers.users(1)) === 1);
    expect(clock.now() - diedAt).toBeLessThan(5_000);
    clock.close();
    a.redis.disconnect();
    expect(await a.viewers.users(1)).toBeNull();
  });

  it('cools down over all gateways, and gives back what was not used', async () => {
    const create = () => {
      const redis = connectRedis(server.url, log, 'test');
      const cooldown = new Cooldown(redis, log);
      closers.push(async () => {
        cooldown.close();
        await closeRedis(redis);
      });
      return { redis, cooldown };
    };
    const [a, b] = [create(), create()];
    await until('connected', () => a.redis.status === 'ready' && b.redis.status === 'ready');
    expect(await a.cooldown.claim('name', 60_000)).toBe(0);
    expect(await b.cooldown.claim('name', 60_000)).toBeGreaterThan(30_000);
    expect(await a.cooldown.claim('name', 60_000)).toBeGreaterThan(30_000);
    await a.cooldown.release('name');
    const c = create();
    await until('connected', () => c.redis.status === 'ready');
    expect(await c.cooldown.claim('name', 60_000)).toBe(0);
  });
});
