import { startApi, type Api } from './testing/api';
import { FairClock } from '../testing/fair-clock';
import { MariadbServer } from '../testing/mariadb-server';
import { RedisServer } from '../testing/redis-server';
import { until } from '../testing/until';

jest.setTimeout(60_000);

let mysql: MariadbServer;
let redis: RedisServer;
let api: Api;
let token: string;
let clock: FairClock;

beforeAll(async () => {
  clock = new FairClock();
  [mysql, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()]);
  api = await startApi({
    DATABASE_URL: mysql.url(await mysql.createDatabase()),
    REDIS_URL: redis.url,
    SESSION_SECRET: 'a secret of at least thirty-two characters',
    // Every request is counted in Redis.
    RATE_LIMIT_EXEMPT: '192.0.2.1',
  });
  ({ token } = await api.account('owner'));
  const body = { slug: 'first', title: 'First' };
  await api.call('POST', '/api/rooms', { token, body });
});
afterAll(async () => {
  clock.close();
  mysql.resume();
  redis.resume();
  await api.close();
  await Promise.all([mysql.remove(), redis.kill()]);
});

const outcomes = async () => {
  const replies = [
    api.call('GET', '/api/rooms'),
    api.call('GET', '/api/rooms/first'),
    api.call('GET', '/api/rooms/first/members'),
    api.call('PATCH', '/api/rooms/first', { token, body: { title: `At ${String(Date.now())}` } }),
    api.call('POST', '/api/sessions/guest', { body: { name: 'Ann' } }),
    api.call('POST', '/api/sessions', { body: { handle: 'owner', password: 'correct horse' } }),
  ];
  return (await Promise.all(replies)).map(({ status, body, headers }) =>
    status === 503
      ? `${String(status)} ${(body as { code: string }).code} ${headers.get('retry-after') ?? ''}`
      : status,
  );
};
const WELL = [200, 200, 200, 200, 201, 201];
const UNAVAILABLE = WELL.map(() => expect.stringMatching(/^503 unavailable \d+$/) as unknown);

/** Resolves when all is well again. */
async function recovered(): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  while ((await outcomes()).some((outcome) => typeof outcome === 'string')) {
    if (Date.now() > giveUpAt) throw new Error('it does not come back');
  }
}

describe('over MySQL', () => {
  it('a name may be in any script, and an id that is none is invalid', async () => {
    const guest = await api.call('POST', '/api/sessions/guest', { body: { name: '小明 🎉' } });
    expect(guest).toMatchObject({ status: 201, body: { user: { name: '小明 🎉' } } });
    const account = { handle: 'xiaoming', name: '小明', password: '密码密码密码密码' };
    await expect(api.call('POST', '/api/accounts', { body: account })).resolves.toMatchObject({
      status: 201,
    });
    const id = encodeURIComponent('小明');
    const body = { role: 'member' };
    for (const [method, path, given, status] of [
      ['PUT', `/api/rooms/first/members/${id}`, body, 400],
      ['DELETE', `/api/rooms/first/members/${id}`, undefined, 400],
      ['GET', `/api/rooms/first/members?cursor=${id}`, undefined, 400],
      ['GET', `/api/rooms/first/mutes?cursor=${id}`, undefined, 400],
      ['POST', '/api/direct', { user: '小明' }, 400],
    ] as const) {
      const reply = await api.call(method, path, { token, body: given });
      expect([path, reply.status]).toEqual([path, status]);
    }
    expect(api.errors.splice(0)).toEqual([]);
  });
});

describe('G5: while Redis is gone', () => {
  it('everything over HTTP goes on, and is counted', async () => {
    await expect(outcomes()).resolves.toEqual(WELL);
    await redis.kill();
    await expect(outcomes()).resolves.toEqual(WELL);
    await redis.start();
    redis.pause();
    const { result, tookMs } = await clock.time(outcomes());
    expect(result).toEqual(WELL);
    expect(tookMs).toBeLessThan(4_000);
    redis.resume();
  });
});

describe('G11: while MySQL is gone', () => {
  it('what needs it is unavailable, and back by itself', async () => {
    await mysql.kill();
    await expect(outcomes()).resolves.toEqual(UNAVAILABLE);
    await expect(api.call('GET', '/readyz')).resolves.toMatchObject({ status: 503 });
    await expect(api.call('GET', '/api/me', { token })).resolves.toMatchObject({ status: 200 });
    await mysql.start();
    await recovered();
    await until('it is ready', async () => (await api.call('GET', '/readyz')).status === 200);
    expect(api.errors).toEqual([]);
  });

  it('a MySQL that answers nothing keeps nobody waiting', async () => {
    mysql.pause();
    const ready = await clock.time(api.call('GET', '/readyz'));
    expect(ready.result).toMatchObject({ status: 503 });
    expect(ready.tookMs).toBeLessThan(2_000);
    const others = await clock.time(outcomes());
    expect(others.result).toEqual(UNAVAILABLE);
    expect(others.tookMs).toBeLessThan(8_000);
    mysql.resume();
    await recovered();
    expect(api.errors).toEqual([]);
  });
});
