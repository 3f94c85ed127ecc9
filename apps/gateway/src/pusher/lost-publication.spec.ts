import { CuttingProxy } from '../testing/cutting-proxy';
import { RedisServer } from '../testing/redis-server';
import { until } from '../testing/until';
import { inCluster, PusherDoor } from './testing/pusher-door';
import { TestApps } from './testing/test-apps';
import { TestClient } from './testing/test-client';

const ROUNDS = 5;

describe('an event whose publication got no answer of Redis', () => {
  const apps = new TestApps();
  const app = apps.add();
  let redis: RedisServer;
  let proxy: CuttingProxy;
  /** Behind the proxy, and not. */
  let here: PusherDoor;
  let there: PusherDoor;
  let clients: [TestClient, TestClient];

  beforeAll(async () => {
    redis = await RedisServer.start();
    proxy = await CuttingProxy.start(redis.port);
    const door = async (port: number, gateway: string) => {
      const url = `redis://127.0.0.1:${String(port)}`;
      const opened = new PusherDoor({ apps, environment: inCluster(url, gateway) });
      await opened.open();
      return opened;
    };
    [here, there] = await Promise.all([door(proxy.port, 'here'), door(redis.port, 'there')]);
    const join = async ({ host }: PusherDoor) => {
      const url = `ws://${host}/app/${app.key}?protocol=7&client=test&version=1`;
      const client = await TestClient.connect(url, app);
      await client.join('news');
      return client;
    };
    clients = [await join(here), await join(there)];
  });
  afterAll(async () => {
    for (const client of clients) client.drop();
    await Promise.all([here.close(), there.close()]);
    await proxy.close();
    await redis.kill();
  });

  const publish = (name: string) => here.channels.publish(app, { channel: 'news', name, data: {} });

  /** Resolves when the gateway publishes again: whatever was under way before has come by then. */
  async function wellAgain(round: string): Promise<void> {
    let probes = 0;
    await until('an event comes by Redis again', async () => {
      await publish(`${round}-probe-${String(++probes)}`);
      return clients[1].messages.some(({ event }) => event.startsWith(`${round}-probe`));
    });
    const name = `${round}-end`;
    await publish(name);
    for (const client of clients) await client.next(name);
  }

  const timesOf = (name: string) =>
    clients.map(({ messages }) => messages.filter(({ event }) => event === name).length);

  it.each([
    ['had taken it, which is known first: everybody gets it once', true, 0, [1, 1]],
    ['had taken it, and which came back first: everybody gets it once', true, 200, [1, 1]],
    ['had not: those who are at this gateway get it once', false, 0, [1, 0]],
  ])('which %s', async (_, passOn, endsAfterMs, times) => {
    for (let n = 0; n < ROUNDS; n++) {
      const round = `${String(passOn)}-${String(endsAfterMs)}-${String(n)}`;
      const cuts = proxy.cuts;
      proxy.cutAt(`${round}-cut`, passOn, endsAfterMs);
      await publish(`${round}-cut`);
      expect(proxy.cuts).toBe(cuts + 1);
      await wellAgain(round);
      expect([round, timesOf(`${round}-cut`)]).toEqual([round, times]);
    }
  });

  it('because Redis was frozen: everybody gets it once, when it is not any more', async () => {
    redis.pause();
    const published = publish('frozen');
    await published;
    redis.resume();
    await wellAgain('frozen');
    expect(timesOf('frozen')).toEqual([1, 1]);
    expect([here.errors, there.errors]).toEqual([[], []]);
  });
});
