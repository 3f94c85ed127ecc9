import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { OccupancyStage } from '../../cluster/testing/occupancy-stage';
import { RedisBus } from '../../cluster/redis-bus';
import { upTo } from '../../store/testing/stage';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { CuttingProxy } from '../../testing/cutting-proxy';
import { RedisServer } from '../../testing/redis-server';
import type { PusherApp } from '../app';
import { Receiver, silence } from './testing/receiver';
import { deliveriesIn, makeHookedApp, WebhookStage } from './testing/webhook-stage';

jest.setTimeout(120_000);

const GATEWAY_FOLDER = join(__dirname, '../../..');

describe('gateways with one database', () => {
  let stage: WebhookStage;
  let receiver: Receiver;
  let apps = 0;

  beforeAll(async () => {
    stage = await WebhookStage.create('mysql');
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(() => receiver.close());

  const app = (id = `app-${String(++apps)}`): PusherApp =>
    stage.apps.put(
      makeHookedApp(id, [{ url: receiver.url, event_types: ['client_event', 'channel_occupied'] }]),
    );
  const say = (channel: string, data: unknown) =>
    ({ name: 'client_event', channel, event: 'client-e', data, socket_id: '1.2' }) as const;
  const expectAscending = (data: unknown[]) => {
    expect(data).toEqual([...data].sort((a, b) => Number(a) - Number(b)));
  };

  it('share what is to be posted, and post nothing twice', async () => {
    const gateways = await Promise.all(upTo(3).map(() => stage.gateway()));
    const its = upTo(6).map(() => app());
    for (let i = 0; i < 300; i++) {
      for (const one of its) gateways[i % 3]!.outbox.record(one, say(`c${String(i % 3)}`, i));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until('all have arrived', () => receiver.events.length >= 1_800);
    await until('all is written down', async () =>
      (await deliveriesIn(gateways[0]!.database)).every(({ state }) => state === 'delivered'),
    );
    expect(receiver.events).toHaveLength(1_800);
    for (const one of its) {
      const own = receiver.received.filter(({ headers }) => headers['x-pusher-key'] === one.key);
      for (const c of [0, 1, 2]) {
        const data = own
          .flatMap(({ events }) => events)
          .filter((e) => e.channel === `c${String(c)}`);
        expect(data.map((e) => e.data)).toEqual(upTo(100).map((n) => (n - 1) * 3 + c));
      }
    }
    const posted = gateways.map(({ reports }) => reports['delivered'] ?? 0);
    expect(posted.reduce((a, b) => a + b)).toBe(1_800);
    for (const { outbox } of gateways) await stage.end(outbox);
  });

  it('tell each other over the bus what is to be posted', async () => {
    const redis = await RedisServer.start();
    const buses = [new RedisBus(redis.url, 'a', silent), new RedisBus(redis.url, 'b', silent)];
    await until('both buses are well', () => buses.every(({ isWell }) => isWell));
    // What is posted within the time of a poll was told.
    const times = { pollMs: 60_000, idlePollMs: 60_000, leaseMs: 120_000, lingerMs: 60_000 };
    const [one, two] = [
      await stage.gateway({ bus: buses[0]!, times }),
      await stage.gateway({ bus: buses[1]!, times }),
    ];
    const its = app();
    one.outbox.record(its, say('c', 0));
    await until('it is posted', () => receiver.events.length === 1);
    two.outbox.record(its, say('c', 1));
    await until('so is that of the other', () => receiver.events.length === 2);
    await until('the one that posts has both answers', () => one.reports['delivered'] === 2);
    expect(one.reports).toEqual({ delivered: 2 });
    for (const { outbox } of [one, two]) await stage.end(outbox);
    for (const bus of buses) await bus.close();
    await redis.kill();
  });

  it('G7: one that is killed is stood in for, with what it had under way, in order', async () => {
    stage.apps.put(makeHookedApp('killed', [{ url: receiver.url, event_types: ['client_event'] }]));
    let isKilled = false;
    receiver.answer = () => (receiver.received.length > 60 && !isKilled ? silence : 200);
    const program = require.resolve('./testing/post-until-killed');
    const settings = JSON.stringify(stage.store.settings());
    const child = spawn(process.execPath, ['--import', 'tsx', program, settings, receiver.url], {
      cwd: GATEWAY_FOLDER,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(GATEWAY_FOLDER, 'tsconfig.json') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until('it posts', () => receiver.received.length > 61, 45_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const killedAt = performance.now();
    const before = receiver.received.length;
    isKilled = true;
    const { outbox } = await stage.gateway();
    await until('another one goes on', () => receiver.received.length > before);
    expect(performance.now() - killedAt).toBeLessThan(11_000);
    for (const c of [0, 1, 2]) {
      const channel = `private-${String(c)}`;
      const last = 297 + c;
      await until('all have arrived', () => receiver.dataOf(channel).includes(last));
      const all = receiver.dataOf(channel);
      expect([...new Set(all)]).toEqual(upTo(100).map((n) => (n - 1) * 3 + c));
      expectAscending(
        receiver.received
          .slice(before)
          .flatMap(({ events }) => events)
          .filter((e) => e.channel === channel)
          .map((e) => e.data),
      );
    }
    // What was delivered and not written down is posted again: that is little.
    expect(receiver.events.length).toBeLessThan(400);
    await stage.end(outbox);
  });

  it('one that ends leaves its work to the others at once', async () => {
    const times = { closeMs: 500 };
    const one = await stage.gateway({ times });
    const two = await stage.gateway({ times });
    const its = app();
    receiver.answer = () => 500;
    one.outbox.record(its, say('c', 0));
    await until('it is tried', () => receiver.events.length > 0);
    receiver.answer = () => 200;
    one.outbox.record(its, say('c', 1));
    await stage.end(one.outbox);
    // Long before the lease would end.
    await until('the other one has posted it', () => receiver.dataOf('c').includes(1));
    await until('all is written down', async () =>
      (await deliveriesIn(two.database)).every(({ state }) => state !== 'pending'),
    );
    await stage.end(two.outbox);
  });

  it('a commit whose answer is lost records an event once, and a transition once', async () => {
    const proxy = await CuttingProxy.start(stage.store.server.port);
    const { outbox, occupancy, reports } = await stage.gateway({ port: proxy.port });
    const its = app();
    outbox.record(its, say('c', 0));
    await until('it is posted', () => receiver.events.length === 1);
    proxy.cutAt('COMMIT', true);
    outbox.record(its, say('c', 1));
    await until('the connection was cut', () => proxy.cuts === 1);
    await until('it is posted', () => reports['delivered'] === 2);
    proxy.cutAt('COMMIT', true);
    await occupancy.enter({ app: its.id, channel: 'here' });
    await until('the connection was cut', () => proxy.cuts === 2);
    outbox.record(its, say('c', 2));
    await until('all is posted', () => reports['delivered'] === 4);
    expect(receiver.events.map(({ name, data, channel }) => [name, channel, data]).sort()).toEqual([
      ['channel_occupied', 'here', undefined],
      ['client_event', 'c', 0],
      ['client_event', 'c', 1],
      ['client_event', 'c', 2],
    ]);
    expect(reports).toEqual({ delivered: 4 });
    await stage.end(outbox);
    await proxy.close();
  });

  it('transitions that Redis keeps are told once, whichever gateway takes them', async () => {
    const occupancies = await OccupancyStage.create('redis');
    const one = await occupancies.gateway('one');
    const two = await occupancies.gateway('two');
    const outboxes = [
      await stage.gateway({ occupancy: one }),
      await stage.gateway({ occupancy: two }),
    ];
    const its = app();
    for (const { outbox } of outboxes) outbox.notice(its);
    for (let i = 0; i < 50; i++) {
      await one.enter({ app: its.id, channel: `c${String(i)}` });
      await two.enter({ app: its.id, channel: `c${String(i)}` });
      if (i === 25) await stage.end(outboxes[0]!.outbox);
    }
    await until('all have arrived', () => receiver.events.length >= 50);
    expect(receiver.events.map(({ channel }) => channel).sort()).toEqual(
      upTo(50)
        .map((n) => `c${String(n - 1)}`)
        .sort(),
    );
    await stage.end(outboxes[1]!.outbox);
    await occupancies.close();
  });

  describe('while the database is away', () => {
    it('G11: events wait in memory, and are posted when it is back', async () => {
      const { outbox, database } = await stage.gateway();
      const its = app();
      outbox.record(its, say('c', 0));
      await until('it is posted', () => receiver.events.length === 1);
      await stage.store.server.kill();
      for (let i = 1; i < 500; i++) outbox.record(its, say('c', i));
      expect(outbox.pending).toBeGreaterThanOrEqual(499);
      await until('it is noticed', async () => !(await database.isReachable()));
      await stage.store.server.start();
      await until('all have arrived', () => receiver.events.length >= 500, 60_000);
      expect(receiver.dataOf('c')).toEqual([...Array(500).keys()]);
      await stage.end(outbox);
    });

    it('what has no room is lost, which is counted, and logged once', async () => {
      const { outbox, reports, complaints } = await stage.gateway({ times: { closeMs: 300 } });
      const its = app();
      outbox.record(its, say('c', 0));
      await until('it is posted', () => receiver.events.length === 1);
      await stage.store.server.kill();
      try {
        for (let i = 0; i < 50_100; i++) outbox.record(its, say('c', i));
        expect(reports['dropped']).toBe(100);
        expect(complaints.filter((line) => line.includes('events are lost'))).toHaveLength(1);
        await stage.end(outbox);
        expect(reports['dropped']).toBe(50_100);
      } finally {
        await stage.store.server.start();
      }
    });

    it('a gateway can end, though the database hangs and so does a receiver', async () => {
      const { outbox } = await stage.gateway({ times: { closeMs: 300, postMs: 60_000 } });
      const its = app();
      receiver.answer = () => silence;
      outbox.record(its, say('c', 0));
      await until('it is posted', () => receiver.events.length === 1);
      stage.store.server.pause();
      outbox.record(its, say('c', 1));
      const startedAt = performance.now();
      await stage.end(outbox);
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      stage.store.server.resume();
    });
  });
});
