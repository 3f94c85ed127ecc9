import { RedisServer } from '../../testing/redis-server';
import type { PusherApp } from '../app';
import { inCluster } from '../testing/pusher-door';
import { TestPusherApi, type Reply } from './testing/pusher-api';

const TOO_MANY = '{"error":"Too many requests.","code":429}';
const event = { name: 'said', channel: 'news', data: '' };

const publish = (api: TestPusherApi, app: PusherApp, channels = 1): Promise<Reply> =>
  api.call(app, 'POST', '/events', {
    body: {
      name: 'said',
      channels: Array.from({ length: channels }, (_, i) => `c${String(i)}`),
      data: '',
    },
  });
const read = (api: TestPusherApi, app: PusherApp): Promise<Reply> =>
  api.call(app, 'GET', '/channels');

function remaining({ headers }: Reply): number {
  return Number(headers.get('x-ratelimit-remaining'));
}

describe('the limits of an app', () => {
  let api: TestPusherApi;
  beforeAll(async () => {
    api = await TestPusherApi.start();
  });
  afterAll(() => api.close());

  type Call = (app: PusherApp, other: PusherApp) => Promise<Reply>;

  /** What two new apps with these limits are answered, tried until all of it was within one second. */
  async function inOneSecond(limits: Partial<PusherApp>, calls: Call[]) {
    for (;;) {
      const [app, other] = [api.apps.add(limits), api.apps.add(limits)];
      const startedAt = performance.now();
      const replies: Reply[] = [];
      for (const call of calls) replies.push(await call(app, other));
      if (performance.now() - startedAt < 1_000) return { app, replies };
    }
  }

  it('count one for each message and channel', async () => {
    const batch = [event, { ...event, channel: undefined, channels: ['a', 'b'] }];
    const { replies } = await inOneSecond({ maxBackendEventsPerSecond: 10 }, [
      (app) => publish(api, app, 3),
      (app) => api.call(app, 'POST', '/batch_events', { body: { batch } }),
      (app) => publish(api, app, 5),
    ]);
    const [first, second, third] = replies as [Reply, Reply, Reply];
    expect(first.status).toBe(200);
    expect(first.headers.get('x-ratelimit-limit')).toBe('10');
    expect(remaining(first)).toBe(7);
    expect(second.status).toBe(200);
    expect(remaining(second)).toBe(4);
    expect(third).toMatchObject({ status: 429, text: TOO_MANY });
    expect(third.headers.get('x-ratelimit-limit')).toBe('10');
    expect(remaining(third)).toBe(0);
    const seconds = Number(third.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(1);
  });

  it('end with the second', async () => {
    const once = (app: PusherApp) => read(api, app);
    const { app, replies } = await inOneSecond({ maxReadRequestsPerSecond: 1 }, [once, once]);
    const [taken, refused] = replies as [Reply, Reply];
    expect(taken.status).toBe(200);
    expect(refused).toMatchObject({ status: 429, text: TOO_MANY });
    const waitMs = Number(refused.headers.get('retry-after')) * 1_000;
    await new Promise((resolve) => setTimeout(resolve, waitMs + 20));
    await expect(read(api, app)).resolves.toMatchObject({ status: 200 });
  });

  it('are each for itself: of reading, of publishing, of another app', async () => {
    const limits = { maxReadRequestsPerSecond: 1, maxBackendEventsPerSecond: 1 };
    const { replies } = await inOneSecond(limits, [
      (app) => read(api, app),
      (app) => api.call(app, 'GET', '/channels/news'),
      (app) => api.call(app, 'GET', '/channels/presence-a/users'),
      (app) => publish(api, app),
      (app) => publish(api, app),
      (_, other) => read(api, other),
      (_, other) => publish(api, other),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([200, 429, 429, 200, 429, 200, 200]);
  });

  it('are not counted against by requests that are refused for what they say', async () => {
    const app = api.apps.add({ maxBackendEventsPerSecond: 1 });
    const body = { ...event, name: '' };
    for (let i = 0; i < 3; i++) {
      await expect(api.call(app, 'POST', '/events', { body })).resolves.toMatchObject({
        status: 400,
      });
    }
    await expect(publish(api, app)).resolves.toMatchObject({ status: 200 });
  });

  it('are not there where they are off, and nothing is said of them', async () => {
    const app = api.apps.add({});
    const reply = await publish(api, app, 50);
    expect(reply.headers.has('x-ratelimit-limit')).toBe(false);
    expect(reply.headers.has('retry-after')).toBe(false);
    const none = api.apps.add({ maxBackendEventsPerSecond: 0 });
    await expect(publish(api, none)).resolves.toMatchObject({ status: 429 });
  });
});

describe('the limits of an app over several gateways', () => {
  let redis: RedisServer;
  let gateways: TestPusherApi[];
  const start = (gateway: string) =>
    TestPusherApi.start({
      ...inCluster(redis.url, gateway),
      SOKETI_RATE_LIMITER_DRIVER: 'redis',
    });
  beforeAll(async () => {
    redis = await RedisServer.start();
    gateways = [await start('a'), await start('b')];
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    await redis.kill();
  });

  it('are counted together, and by each alone while Redis is away', async () => {
    const limits = { maxBackendEventsPerSecond: 4 };
    const [a, b] = gateways as [TestPusherApi, TestPusherApi];
    const app = a.apps.add(limits);
    b.apps.add(limits);
    /** Tried until all of it was within one second. */
    const settle = async (expected: number[], calls: [TestPusherApi, number][]) => {
      let statuses: number[] = [];
      for (let i = 0; i < 10 && statuses.join() !== expected.join(); i++) {
        if (i > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
        statuses = [];
        for (const [gateway, channels] of calls) {
          statuses.push((await publish(gateway, app, channels)).status);
        }
      }
      expect(statuses).toEqual(expected);
    };
    await settle(
      [200, 200, 429],
      [
        [a, 2],
        [b, 2],
        [a, 1],
      ],
    );
    await redis.kill();
    await settle(
      [200, 429, 200],
      [
        [a, 4],
        [a, 1],
        [b, 4],
      ],
    );
  });
});
