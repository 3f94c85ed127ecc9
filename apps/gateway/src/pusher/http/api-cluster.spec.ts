import { isDeepStrictEqual } from 'node:util';
import { RedisServer } from '../../testing/redis-server';
import { until } from '../../testing/until';
import type { PusherApp } from '../app';
import { inCluster } from '../testing/pusher-door';
import { TestClient } from '../testing/test-client';
import { TestPusherApi } from './testing/pusher-api';

describe('the HTTP API of several gateways', () => {
  let redis: RedisServer;
  let here: TestPusherApi;
  let there: TestPusherApi;
  let app: PusherApp;
  beforeAll(async () => {
    redis = await RedisServer.start();
    here = await TestPusherApi.start(inCluster(redis.url, 'here'));
    there = await TestPusherApi.start(inCluster(redis.url, 'there'));
    app = here.apps.add({});
    there.apps.add({});
  });
  afterAll(async () => {
    await here.close();
    await there.close();
    await redis.kill();
  });
  const connect = (api: TestPusherApi) =>
    TestClient.connect(`${api.url}/app/${app.key}?protocol=7`, app);
  const get = async (api: TestPusherApi, path: string, query: Record<string, string> = {}) =>
    JSON.parse((await api.call(app, 'GET', path, { query })).text) as unknown;
  /** Whoever was held up for a second knows of its own connections alone, until Redis has counted again. */
  const untilEqual = async (what: string, ask: () => Promise<unknown>, expected: unknown) => {
    let answer: unknown;
    await until(`${what} is told`, async () =>
      isDeepStrictEqual((answer = await ask()), expected),
    ).catch(() => undefined);
    expect(answer).toEqual(expected);
  };

  it('G7: reads and publishes to the connections of all of them', async () => {
    const one = await connect(here);
    const other = await connect(there);
    await one.join('presence-lobby', { user_id: 'ada', user_info: { name: 'Ada' } });
    await other.join('presence-lobby', { user_id: 'bob' });
    await other.join('cache-news');
    const lobby = { occupied: true, subscription_count: 2, user_count: 2 };
    for (const api of [here, there]) {
      await untilEqual('the lobby', () => get(api, '/channels/presence-lobby'), lobby);
      const query = { filter_by_prefix: 'presence-', info: 'user_count' };
      const all = { channels: { 'presence-lobby': { user_count: 2 } } };
      await untilEqual('who is where', () => get(api, '/channels', query), all);
      const users = async () => {
        const whole = { with_user_info: '1' };
        const answer = await get(api, '/channels/presence-lobby/users', whole);
        const { users: found = [] } = answer as { users?: { id: string }[] };
        return found.sort((a, b) => (a.id < b.id ? -1 : 1));
      };
      await untilEqual('who they are', users, [
        { id: 'ada', user_info: { name: 'Ada' } },
        { id: 'bob' },
      ]);
    }
    const body = { name: 'said', channels: ['presence-lobby', 'cache-news'], data: '{"n":1}' };
    const info = 'user_count,subscription_count';
    const publish = async () => {
      const reply = await here.call(app, 'POST', '/events', { body: { ...body, info } });
      return JSON.parse(reply.text) as unknown;
    };
    await untilEqual('what has them', publish, {
      channels: {
        'presence-lobby': { user_count: 2, subscription_count: 2 },
        'cache-news': { subscription_count: 1 },
      },
    });
    for (const client of [one, other]) {
      await expect(client.next('said')).resolves.toMatchObject({ data: '{"n":1}' });
    }
    await expect(get(there, '/channels/cache-news', { info: 'cache' })).resolves.toMatchObject({
      cache: { data: '{"n":1}' },
    });
    await one.close();
    await other.close();
  });

  it('G5: publishes while Redis is away, and does not say who is there when it does not know', async () => {
    const client = await connect(here);
    await client.join('presence-lobby', { user_id: 'ada' });
    await redis.kill();
    try {
      const body = { name: 'said', channel: 'presence-lobby', data: 'still here' };
      // The bus takes what it can until it has noticed.
      for (let i = 0; i < 50; i++) {
        await expect(here.call(app, 'POST', '/events', { body })).resolves.toMatchObject({
          status: 200,
        });
        if (client.texts.some((text) => text.includes('still here'))) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await expect(client.next('said')).resolves.toMatchObject({ data: 'still here' });
      const reply = await here.call(app, 'GET', '/channels/presence-lobby/users');
      expect(reply.status).toBe(503);
      expect(reply.headers.get('retry-after')).toBe('1');
    } finally {
      await redis.start();
    }
    await client.close();
  });
});
