import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { channelTopic } from '../../cluster/occupancy';
import { readSettings } from '../../env';
import { createParts, type Parts } from '../../parts';
import { Refusal } from '../../refusal';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { RoomEntity } from '../../store/entities/room.entity';
import { RoomHeadEntity } from '../../store/entities/room-head.entity';
import { upTo } from '../../store/testing/stage';
import { CuttingProxy } from '../../testing/cutting-proxy';
import { MariadbServer } from '../../testing/mariadb-server';
import { RedisServer } from '../../testing/redis-server';
import { TestGateway } from '../direct/testing/test-gateway';
import type { PusherApp } from '../app';
import { TestApps } from '../testing/test-apps';
import type { TestClient } from '../testing/test-client';
import { Ingress } from './ingress';
import { IngressDelivery } from './ingress-delivery';
import { fieldsOf } from './ingress-message';
import type { IngressPatience } from './ingress-term';

const STREAM = 'hubbub:ingress';
const DEAD = 'hubbub:ingress:dead';
const EVENT = 'tick';
const AWAY = new Refusal('unavailable', 'the apps are away');
/** Half of what a command of a gateway may take. */
const SLOW_MS = 500;

jest.setTimeout(120_000);

/** One gateway of the cluster, delivering when it is its turn. */
interface Member {
  gateway: TestGateway;
  ingress: Ingress;
  delivered: string[];
  close: () => Promise<void>;
}

let redis: RedisServer;
let sender: Redis;
let folder: string;
let parts: Parts;
/** When Redis has answered this process last, and the longest time from one answer to the next. */
let answeredAt: number;
let slowestMs: number;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  sender = new Redis(redis.url, { maxRetriesPerRequest: null });
  sender.on('error', () => undefined);
  folder = await mkdtemp(join(tmpdir(), 'hubbub-ingress-'));
  parts = await createParts(readSettings({ DATA_DIR: folder }), silent);
});

beforeEach(async () => {
  await sender.flushall();
  closers.push(watchRedis());
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(async () => {
  sender.disconnect();
  await parts.close();
  await redis.kill();
  await rm(folder, { recursive: true, force: true });
});

let names = 0;

async function start(
  apps: TestApps,
  {
    url = redis.url,
    busUrl = url,
    patience,
    leaseMs = 60_000,
    speech = parts.speech,
  }: {
    url?: string;
    busUrl?: string;
    patience?: IngressPatience;
    /** So long that it goes on leading where this process is held up; null for that of a gateway. */
    leaseMs?: number | null;
    speech?: Parts['speech'];
  } = {},
): Promise<Member> {
  const name = `gateway-${String(++names)}`;
  const gateway = await TestGateway.start(apps, busUrl, name);
  const { bus, channels } = gateway;
  const delivered: string[] = [];
  const ingress = new Ingress({
    redisUrl: url,
    delivery: new IngressDelivery({ apps, channels, speech, bus, roomsApp: 'one', gateway: name }),
    report: { delivered: (target) => delivered.push(target), dead: () => delivered.push('dead') },
    log: silent,
    ...(patience && { patience }),
    ...(leaseMs !== null && { leaseMs }),
  });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= ingress.close().then(() => gateway.close()));
  closers.push(close);
  return { gateway, ingress, delivered, close };
}

/** Asks Redis for answers again and again. Returns what ends it. */
function watchRedis(): () => Promise<void> {
  answeredAt = performance.now();
  slowestMs = 0;
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      await sender.ping();
      const now = performance.now();
      slowestMs = Math.max(slowestMs, now - answeredAt);
      answeredAt = now;
      await delay(20);
    }
  })();
  return async () => {
    ending.abort();
    await watching;
  };
}

/** A client of a gateway that delivers nothing itself, in these channels. */
async function listen(apps: TestApps, app: PusherApp, channels: string[]): Promise<TestClient> {
  const listener = await TestGateway.start(apps, redis.url, 'listener');
  closers.push(() => listener.close());
  const client = await listener.client(app);
  for (const channel of channels) await client.join(channel);
  return client;
}

/** What the bus gives out in a channel, heard on a connection that stays, however long Redis does not answer. */
async function overhear(channels: string[]): Promise<(channel: string) => number[]> {
  const got = new Map<string, number[]>(channels.map((it) => [channelTopic('one', it), []]));
  const ear = new Redis(redis.url, { maxRetriesPerRequest: null });
  ear.on('message', (topic: string, payload: string) => {
    const { data } = JSON.parse(payload.slice(payload.indexOf('\n'))) as { data: string };
    got.get(topic)?.push(Number(data));
  });
  closers.push(async () => {
    await ear.quit();
  });
  await ear.subscribe(...got.keys());
  return (channel) => got.get(channelTopic('one', channel)) ?? [];
}

function add(fields: Record<string, string>): Promise<string | null> {
  return sender.xadd(
    STREAM,
    '*',
    ...Object.entries({ app: 'one', event: EVENT, ...fields }).flat(),
  );
}

async function addAll(all: Record<string, string>[]): Promise<void> {
  const pipeline = sender.pipeline();
  for (const fields of all) {
    const pairs = Object.entries({ app: 'one', event: EVENT, ...fields }).flat();
    pipeline.xadd(STREAM, '*', ...pairs);
  }
  await pipeline.exec();
}

/** `count` messages for each target, in turns: 1 of each, 2 of each, … */
function interleaved(targets: string[], count: number, from = 1): Record<string, string>[] {
  return Array.from({ length: count }, (_, i) =>
    targets.map((target) => ({ target, data: String(from + i) })),
  ).flat();
}

function heard(client: TestClient, channel: string): number[] {
  return client.messages
    .filter((it) => it.channel === channel && it.event === EVENT)
    .map((it) => Number(it.data));
}

const isDone = async () => (await sender.xlen(STREAM)) === 0;

/** Each once, in order, but for the one that a crash may repeat. */
function expectInOrder(got: number[], count: number): void {
  expect([...new Set(got)]).toEqual(upTo(count));
  const steps = got.slice(1).map((n, i) => n - (got[i] ?? 0));
  expect(steps.filter((step) => step !== 0 && step !== 1)).toEqual([]);
}

/** Each once, in order. What Redis or this process was too slow for may be repeated. */
function expectOnce(got: number[], count: number): void {
  if (Math.max(slowestMs, performance.now() - answeredAt) > SLOW_MS) expectInOrder(got, count);
  else expect(got).toEqual(upTo(count));
}

async function deadLetters() {
  const rows = await sender.xrange(DEAD, '-', '+');
  return rows.map(([, pairs]) => Object.fromEntries(fieldsOf(pairs)));
}

let rooms = 0;

async function createRoom(at: Parts = parts, visibility: RoomEntity['visibility'] = 'public') {
  const slug = `room-${String(++rooms)}`;
  await at.database.transaction(async (manager) => {
    const room = manager.create(RoomEntity, {
      slug,
      title: slug,
      ownerId: null,
      state: 'live',
      visibility,
      streamUrl: null,
      createdAt: Date.now(),
    });
    const { id } = await manager.save(room);
    await manager.insert(RoomHeadEntity, { roomId: id });
  });
  return slug;
}

async function entriesOf(slug: string, at: Parts = parts) {
  const room = await at.roomStore.findBySlug(slug);
  const entries = await at.roomLog.read(room!.id, { after: 0, limit: 10_000 });
  return entries.map(({ json }) => JSON.parse(json) as Record<string, unknown>);
}

async function textsOf(slug: string, at: Parts = parts) {
  return (await entriesOf(slug, at)).map((entry) => entry['text']);
}

describe('what is on the stream', () => {
  it('reaches the channel, the signed-in user, and the room that it is for', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const room = await createRoom();
    const { gateway } = await start(apps);
    const [client, user, other] = await Promise.all(upTo(3).map(() => gateway.client(app)));
    for (const it of [client!, other!]) await it.join('news');
    user!.signIn({ id: 'ann' });
    await user!.next('pusher:signin_success');
    await add({ target: 'channel:news', data: '{"a":1}', except: other!.socketId });
    await add({ target: 'channel:news', event: 'plain', data: 'ä "text"' });
    await add({ target: 'user:ann', data: 'for ann' });
    await add({ target: `room:${room}`, data: 'a text' });
    const danmaku = { mode: 'top', color: '#ff0000', size: 'large' };
    const data = JSON.stringify({ text: 'flies', name: 'Score', danmaku });
    await add({ target: `room:${room}`, data });

    // Data of the SDKs is text, which clients parse.
    expect(await client!.next(EVENT)).toEqual({ event: EVENT, channel: 'news', data: '{"a":1}' });
    expect((await other!.next('plain')).data).toBe('ä "text"');
    expect(other!.messages.some((it) => it.event === EVENT)).toBe(false);
    expect((await user!.next(EVENT)).data).toBe('for ann');
    await until('the stream is empty', isDone);
    expect(await entriesOf(room)).toMatchObject([
      { kind: 'message', text: 'a text', user: { name: 'one', role: 'bot' } },
      { text: 'flies', user: { name: 'Score', role: 'bot' }, danmaku },
    ]);
    expect(client!.messages.some((it) => it.data === 'for ann')).toBe(false);
  });

  it('keeps the order of each target, whatever else is under way', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const names = upTo(20).map((n) => `channel-${String(n)}`);
    const slugs = [await createRoom(), await createRoom()];
    const members = [await start(apps), await start(apps)];
    const client = await members[1]!.gateway.client(app);
    for (const name of names) await client.join(name);
    const targets = [...names.map((it) => `channel:${it}`), ...slugs.map((it) => `room:${it}`)];
    await addAll(interleaved(targets, 50));
    await until('the stream is empty', isDone);
    await until('all were heard', () => names.every((it) => heard(client, it).at(-1) === 50));
    for (const name of names) expectOnce(heard(client, name), 50);
    for (const slug of slugs) expect(await textsOf(slug)).toEqual(upTo(50).map(String));
    // One gateway at a time.
    const counts = members.map(({ delivered }) => delivered.length).sort((a, b) => a - b);
    expect(counts).toEqual([0, 22 * 50]);
  });

  it('waits while no gateway runs', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const room = await createRoom();
    await addAll(interleaved([`room:${room}`, 'channel:cache-last'], 30));
    const { gateway } = await start(apps);
    await until('the stream is empty', isDone);
    expect(await textsOf(room)).toEqual(upTo(30).map(String));
    const client = await gateway.client(app);
    client.subscribe('cache-last');
    expect((await client.next(EVENT)).data).toBe('30');
  });

  it('loses none of 5,000 when the gateway that delivers is cut off in the middle', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const room = await createRoom();
    const channels = upTo(49).map((n) => `channel-${String(n)}`);
    const client = await listen(apps, app, channels);
    const proxy = await CuttingProxy.start(redis.port);
    closers.push(() => proxy.close());
    const url = `redis://127.0.0.1:${String(proxy.port)}`;
    const first = await start(apps, { url, leaseMs: null });
    const targets = [...channels.map((it) => `channel:${it}`), `room:${room}`];

    await addAll(interleaved(targets, 1));
    await until('the first one delivers', isDone);
    const second = await start(apps);
    const all = interleaved(targets, 99, 2);
    await addAll(all.slice(0, 2_500));
    await until('it is in the middle', () => first.delivered.length > 500);
    proxy.partition();
    const cutAt = performance.now();
    const readBefore = second.delivered.length;
    expect(readBefore).toBe(0);
    await until('another one goes on', () => second.delivered.length > 0);
    // Within 3 s, and what this process and Redis were held up meanwhile.
    expect(performance.now() - cutAt).toBeLessThan(7_000);
    await addAll(all.slice(2_500));
    await until('the stream is empty', isDone, 30_000);
    await until('all were heard', () =>
      channels.every((channel) => heard(client, channel).at(-1) === 100),
    );
    for (const channel of channels) expectInOrder(heard(client, channel), 100);
    expect(await textsOf(room)).toEqual(upTo(100).map(String));
    expect(await deadLetters()).toEqual([]);
  });

  it('G8: goes from one gateway to the next at once, and nothing is repeated, when one stops', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const room = await createRoom();
    const channels = upTo(10).map((n) => `channel-${String(n)}`);
    const client = await listen(apps, app, channels);
    const first = await start(apps);
    await until('it leads', async () => (await sender.exists('hubbub:ingress:leader')) === 1);
    const second = await start(apps);
    await addAll(interleaved([`room:${room}`, ...channels.map((it) => `channel:${it}`)], 200));
    await until('it is in the middle', () => first.delivered.length > 100);
    const closed = first.close();
    // Long before the lease would end.
    await until('the other one goes on', () => second.delivered.length > 0);
    await closed;
    await until('the stream is empty', isDone);
    await until('all were heard', () => channels.every((it) => heard(client, it).at(-1) === 200));
    for (const channel of channels) expectOnce(heard(client, channel), 200);
    expect(await textsOf(room)).toEqual(upTo(200).map(String));
    expect(first.delivered.length + second.delivered.length).toBe(11 * 200);
  });

  it('stays in order while Redis does not answer for longer than a gateway leads by itself', async () => {
    const apps = new TestApps();
    apps.add({ id: 'one' });
    const room = await createRoom();
    const channels = upTo(10).map((n) => `channel-${String(n)}`);
    const heardIn = await overhear(channels);
    const members = [await start(apps, { leaseMs: null }), await start(apps, { leaseMs: null })];
    const all = interleaved([`room:${room}`, ...channels.map((it) => `channel:${it}`)], 300);
    await addAll(all);
    await until('it is in the middle', () =>
      members.some(({ delivered }) => delivered.length > 300),
    );
    redis.pause();
    await delay(2_500);
    redis.resume();
    await until('the stream is empty', isDone);
    await until('all were heard', () => channels.every((it) => heardIn(it).at(-1) === 300));
    for (const channel of channels) expectInOrder(heardIn(channel), 300);
    expect(await textsOf(room)).toEqual(upTo(300).map(String));
    expect(await deadLetters()).toEqual([]);
  });

  it('stays there until the bus has taken it', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const client = await listen(apps, app, ['news']);
    const proxy = await CuttingProxy.start(redis.port);
    closers.push(() => proxy.close());
    const busUrl = `redis://127.0.0.1:${String(proxy.port)}`;
    await start(apps, { busUrl });
    await add({ target: 'channel:news', data: '1' });
    await until('it came', () => heard(client, 'news').length === 1);
    proxy.cutAt(channelTopic('one', 'news'), false);
    await add({ target: 'channel:news', data: '2' });
    await until('it came all the same', () => heard(client, 'news').length === 2);
    expect(proxy.cuts).toBe(1);
    expect(heard(client, 'news')).toEqual([1, 2]);
  });

  it('is delivered in time where the doorbell does not ring', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const proxy = await CuttingProxy.start(redis.port);
    closers.push(() => proxy.close());
    // What asks for the bell is lost, and its connection stays.
    proxy.cutAt('xread\r\n', false, 60_000);
    const url = `redis://127.0.0.1:${String(proxy.port)}`;
    const { gateway } = await start(apps, { url, busUrl: redis.url });
    const client = await gateway.client(app);
    await client.join('news');
    await until('it was cut', () => proxy.cuts === 1);
    const addedAt = performance.now();
    await add({ target: 'channel:news', data: '1' });
    await until('it came', () => heard(client, 'news').length === 1);
    // Half a second, and what this process was held up; the doorbell alone would be given up after 11 s.
    expect(performance.now() - addedAt).toBeLessThan(6_000);
  });

  it('is delivered where it was read and the answer was lost', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const proxy = await CuttingProxy.start(redis.port);
    closers.push(() => proxy.close());
    const url = `redis://127.0.0.1:${String(proxy.port)}`;
    const { gateway } = await start(apps, { url, busUrl: redis.url });
    const client = await gateway.client(app);
    await client.join('news');
    for (let n = 1; n <= 5; n++) {
      proxy.cutAt('XREADGROUP', true);
      await add({ target: 'channel:news', data: String(n) });
      await until('it came', () => heard(client, 'news').length === n);
      await until('it was cut', () => proxy.cuts === n);
    }
    expect(heard(client, 'news')).toEqual(upTo(5));
  });

  it('goes on in a Redis that came back empty', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const { gateway } = await start(apps);
    const client = await gateway.client(app);
    await client.join('news');
    await add({ target: 'channel:news', data: '1' });
    await until('it came', () => heard(client, 'news').length === 1);
    await redis.kill();
    await until('the bus is unwell', () => !gateway.bus.isWell);
    await redis.start();
    await add({ target: 'channel:news', data: '2' });
    await until('the next one came', () => heard(client, 'news').length === 2);
    expect(heard(client, 'news')).toEqual([1, 2]);
  });
});

describe('what cannot be delivered', () => {
  it('is moved to the dead letters with the reason, and holds up nothing behind it', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one', maxEventPayloadInKb: 1 });
    apps.add({ id: 'off', enabled: false });
    apps.add({ id: 'roomless' });
    const room = await createRoom();
    const secret = await createRoom(parts, 'private');
    const { gateway, delivered } = await start(apps);
    const client = await gateway.client(app);
    await client.join('news');
    const bad: [fields: Record<string, string>, reason: string][] = [
      [{ app: 'nobody', target: 'channel:news', data: 'x' }, 'not_found: there is no app nobody'],
      [{ app: 'off', target: 'channel:news', data: 'x' }, 'forbidden: the app is not enabled'],
      [{ app: '', target: 'channel:news', data: 'x' }, 'invalid: app is missing'],
      [{ data: 'x' }, 'invalid: target is missing'],
      [{ target: 'news', data: 'x' }, 'invalid: target is none of'],
      [{ target: 'planet:mars', data: 'x' }, 'invalid: target is none of'],
      [{ target: 'channel:', data: 'x' }, 'invalid: target is none of'],
      [{ target: 'channel:no spaces', data: 'x' }, 'invalid: target'],
      [{ target: 'channel:#server-to-user-ann', data: 'x' }, 'invalid: target'],
      [{ target: `channel:${'x'.repeat(201)}`, data: 'x' }, 'too_long: target'],
      [{ target: 'channel:news', event: '', data: 'x' }, 'invalid: event is missing'],
      [{ target: 'channel:news', event: 'x'.repeat(201), data: 'x' }, 'too_long: event'],
      [{ target: 'channel:news' }, 'invalid: data is missing'],
      [{ target: 'channel:news', data: 'x'.repeat(1_025) }, 'too_long: data'],
      [{ target: 'channel:news', data: 'x', id: 'x'.repeat(201) }, 'invalid: id'],
      [{ target: 'room:never-made', data: 'x' }, 'not_found: '],
      [{ target: 'room:No Slug', data: 'x' }, 'invalid: target'],
      [{ target: `room:${room}`, data: ' \n' }, 'invalid: data.text'],
      [{ target: `room:${room}`, data: '{"text":"x","more":1}' }, 'invalid: data'],
      [{ target: `room:${room}`, data: 'x'.repeat(201) }, 'too_long: '],
      [{ app: 'roomless', target: `room:${room}`, data: 'x' }, 'forbidden: this app has no rooms'],
      [{ target: `room:${secret}`, data: 'x' }, 'forbidden: '],
    ];
    const ids: (string | null)[] = [];
    for (const [fields] of bad) ids.push(await add(fields));
    await add({ target: 'channel:news', data: '1' });
    await add({ target: `room:${room}`, data: 'good' });
    await until('the stream is empty', isDone);
    await client.next(EVENT);
    expect(await textsOf(room)).toEqual(['good']);

    const dead = await deadLetters();
    expect(dead).toHaveLength(bad.length);
    for (const [i, [fields, reason]] of bad.entries()) {
      const letter = dead.find((it) => it['entry'] === ids[i]);
      expect(letter).toMatchObject({ app: 'one', event: EVENT, ...fields, attempts: '1' });
      expect(letter?.['reason']).toContain(reason);
    }
    expect(delivered.filter((it) => it === 'dead')).toHaveLength(bad.length);
    expect(delivered.filter((it) => it !== 'dead').sort()).toEqual(['channel', 'room']);
  });

  it('is tried again while it may succeed; others go on meanwhile, and none of its target passes', async () => {
    const apps = new TestApps();
    const [one, two] = [apps.add({ id: 'one' }), apps.add({ id: 'two' })];
    const { gateway, ingress } = await start(apps);
    const client = await gateway.client(one);
    const other = await gateway.client(two);
    await client.join('news');
    await other.join('news');
    apps.failures.set('one', AWAY);
    // More than what may be in memory.
    await addAll(upTo(1_500).map((n) => ({ target: 'channel:news', data: String(n) })));
    await addAll(upTo(100).map((n) => ({ app: 'two', target: 'channel:news', data: String(n) })));
    await until('the other app has all', () => heard(other, 'news').at(-1) === 100);
    expect(heard(client, 'news')).toEqual([]);
    await until('the rest waits', () => ingress.waiting === 1_500);
    apps.failures.clear();
    await until('all came', () => heard(client, 'news').at(-1) === 1_500);
    expectOnce(heard(client, 'news'), 1_500);
    await until('the stream is empty', isDone);
    expect(await deadLetters()).toEqual([]);
  });

  it('is given up after so many attempts, those of an earlier gateway counted', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const first = await start(apps);
    apps.failures.set('one', AWAY);
    await add({ target: 'channel:news', data: '1' });
    await until('it was tried', async () => {
      const [row] = await sender.xpending(STREAM, 'hubbub', '-', '+', 1).catch(() => []);
      return Number((row as unknown[] | undefined)?.[3]) >= 4;
    });
    await first.close();
    expect(await deadLetters()).toEqual([]);
    // While nobody delivers.
    apps.failures.clear();
    const client = await listen(apps, app, ['news']);
    apps.failures.set('one', AWAY);
    await start(apps, { patience: { attempts: 4, failingMs: 60_000 } });
    await until('it is dead', async () => (await deadLetters()).length === 1);
    const [letter] = await deadLetters();
    expect(letter).toMatchObject({ data: '1', reason: 'unavailable: the apps are away' });
    expect(Number(letter?.['attempts'])).toBeGreaterThanOrEqual(4);
    apps.failures.clear();
    await add({ target: 'channel:news', data: '2' });
    expect((await client.next(EVENT)).data).toBe('2');
  });

  it('is given up after so long', async () => {
    const apps = new TestApps();
    apps.add({ id: 'one' });
    apps.failures.set('one', AWAY);
    await start(apps, { patience: { attempts: 1_000, failingMs: 500 } });
    await add({ target: 'channel:news', data: '1' });
    await until('it is dead', async () => (await deadLetters()).length === 1);
    expect(await isDone()).toBe(true);
  });

  it('G11: waits for a database that is away, while channels go on', async () => {
    const mariadb = await MariadbServer.start();
    closers.push(() => mariadb.remove());
    const { REDIS_URL: _, ...settings } = readSettings({ DATA_DIR: folder });
    const url = mariadb.url(await mariadb.createDatabase());
    const withMysql = await createParts({ ...settings, DATABASE_URL: url }, silent);
    closers.push(() => withMysql.close());
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const room = await createRoom(withMysql);
    const { gateway, ingress } = await start(apps, { speech: withMysql.speech });
    const client = await gateway.client(app);
    await client.join('news');
    await addAll(interleaved([`room:${room}`], 20));
    await until('the room has them', isDone);
    await mariadb.kill();
    await addAll(interleaved([`room:${room}`, 'channel:news'], 20, 21));
    await until('the channel has them', () => heard(client, 'news').length === 20);
    await until('the room’s wait', () => ingress.waiting === 20);
    await mariadb.start();
    await until('the stream is empty', isDone, 30_000);
    expect(await textsOf(room, withMysql)).toEqual(upTo(40).map(String));
    expect(await deadLetters()).toEqual([]);
  });
});

describe('G4: what is added again', () => {
  it('is delivered once where it has the same id', async () => {
    const apps = new TestApps();
    const app = apps.add({ id: 'one' });
    const room = await createRoom();
    const { gateway } = await start(apps);
    const client = await gateway.client(app);
    await client.join('news');
    await client.join('other');
    for (let i = 0; i < 3; i++) {
      await add({ target: 'channel:news', data: '1', id: 'a' });
      await add({ target: 'channel:other', data: '1', id: 'a' });
      await add({ target: `room:${room}`, data: 'once', id: 'a' });
      await add({ target: `room:${room}`, data: 'each time' });
    }
    await add({ target: 'channel:news', data: '2', id: 'b' });
    await until('the stream is empty', isDone);
    await until('the last came', () => heard(client, 'news').length >= 2);
    expect(heard(client, 'news')).toEqual([1, 2]);
    expect(heard(client, 'other')).toEqual([1]);
    expect(await textsOf(room)).toEqual(['once', 'each time', 'each time', 'each time']);
  });

  it('is in a room once, also where its gateway died before it could say so', async () => {
    const apps = new TestApps();
    apps.add({ id: 'one' });
    const room = await createRoom();
    const proxy = await CuttingProxy.start(redis.port);
    closers.push(() => proxy.close());
    await start(apps, { url: `redis://127.0.0.1:${String(proxy.port)}`, leaseMs: null });
    await until('it leads', async () => (await sender.exists('hubbub:ingress:leader')) === 1);
    await addAll(interleaved([`room:${room}`], 3));
    await until('the stream is empty', isDone);
    // Committed to the room, and never taken off the stream.
    proxy.cutAt('XACK', false);
    await add({ target: `room:${room}`, data: '4' });
    await until('it was cut', () => proxy.cuts === 1);
    proxy.partition();
    expect(await sender.xlen(STREAM)).toBe(1);
    expect(await textsOf(room)).toEqual(['1', '2', '3', '4']);
    await start(apps);
    await add({ target: `room:${room}`, data: '5' });
    await until('the stream is empty', isDone);
    expect(await textsOf(room)).toEqual(['1', '2', '3', '4', '5']);
  });
});
