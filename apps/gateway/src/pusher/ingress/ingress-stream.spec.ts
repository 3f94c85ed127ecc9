import { Redis } from 'ioredis';
import { until } from '../../testing/until';
import { RedisServer } from '../../testing/redis-server';
import { FencedError, IngressStream } from './ingress-stream';

const STREAM = 'hubbub:ingress';
const LEASE_MS = 60_000;

let server: RedisServer;
let redis: Redis;
let stream: IngressStream;

beforeAll(async () => {
  server = await RedisServer.start();
  // Without the product's patience: a command is answered, however long that takes.
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  stream = new IngressStream(redis);
});

beforeEach(async () => {
  await redis.flushall();
});

afterAll(async () => {
  redis.disconnect();
  await server.kill();
});

const add = async (data: string) => (await redis.xadd(STREAM, '*', 'data', data))!;

it('is led by one at a time', async () => {
  expect(await stream.acquire('a', LEASE_MS)).toBe(true);
  expect(await stream.acquire('b', LEASE_MS)).toBe(false);
  await stream.release('b');
  expect(await stream.acquire('b', LEASE_MS)).toBe(false);
  await stream.release('a');
  expect(await stream.acquire('b', 50)).toBe(true);
  await until('the lease has run out', () => stream.acquire('c', LEASE_MS));
});

it('takes nothing from whoever was believed dead', async () => {
  await stream.acquire('old', LEASE_MS);
  await stream.readNew('old', 10);
  const id = await add('1');
  await stream.readNew('old', 10);
  await add('2');
  await redis.del('hubbub:ingress:leader');
  const pairs = ['data', '1'];
  const all = [
    () => stream.renew('old', LEASE_MS),
    () => stream.readNew('old', 10),
    () => stream.readLeft('old', 10, '0'),
    () => stream.settle('old', id, 'mark'),
    () => stream.bury('old', { id, pairs }, { reason: 'x', attempts: 1 }),
  ];
  for (const isLedByAnother of [false, true]) {
    if (isLedByAnother) await stream.acquire('new', LEASE_MS);
    for (const work of all) await expect(work()).rejects.toThrow(FencedError);
  }
  expect(await redis.exists('mark', 'hubbub:ingress:dead')).toBe(0);
  // The next one finds what was left, and then what is new.
  expect(await stream.readLeft('new', 10, '0')).toEqual([{ id, pairs, attempts: 0 }]);
  expect(await stream.readLeft('new', 10, id)).toEqual([]);
  expect(await stream.readNew('new', 10)).toMatchObject([{ pairs: ['data', '2'] }]);
});

it('keeps what is not settled, with its attempts, and nothing else', async () => {
  await stream.acquire('a', LEASE_MS);
  expect(await stream.readNew('a', 10)).toEqual([]);
  const ids = [await add('1'), await add('2'), await add('3'), await add('4')];
  const [first, second, third, fourth] = ids as [string, string, string, string];
  expect((await stream.readNew('a', 10)).map(({ id }) => id)).toEqual(ids);
  await stream.settle('a', first, 'mark');
  expect(await stream.isMarked('mark')).toBe(true);
  await stream.recordAttempts(second, 7);
  await stream.bury('a', { id: third, pairs: ['data', '3'] }, { reason: 'why', attempts: 2 });
  await redis.xdel(STREAM, fourth);
  expect(await stream.readLeft('a', 10, '0')).toEqual([
    { id: second, pairs: ['data', '2'], attempts: 7 },
    { id: fourth, pairs: null, attempts: 0 },
  ]);
  expect(await stream.readLeft('a', 1, '0')).toMatchObject([{ id: second, attempts: 7 }]);
  expect(await stream.readLeft('a', 10, second)).toMatchObject([{ id: fourth }]);
  expect(await stream.load(second)).toEqual(['data', '2']);
  expect(await stream.load(fourth)).toBeNull();
  expect(await stream.renew('a', LEASE_MS)).toBe(1);
  const letters = await redis.xrange('hubbub:ingress:dead', '-', '+');
  expect(letters.map(([, pairs]) => pairs)).toEqual([
    ['data', '3', 'reason', 'why', 'attempts', '2', 'entry', third],
  ]);
});
