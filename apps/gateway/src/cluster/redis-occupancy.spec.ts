import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as turnEnd, setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { CuttingProxy } from '../testing/cutting-proxy';
import { FairClock } from '../testing/fair-clock';
import type { Occupancy, OccupancyNews, Transition } from './occupancy';
import { APPLY, REGISTER, runScript } from './occupancy-scripts';
import { OccupancyStage, untilHeld } from './testing/occupancy-stage';
import { until } from '../testing/until';

jest.setTimeout(60_000);

const GATEWAY_FOLDER = join(__dirname, '../..');
const APP = 'app';
const ROOM = 'presence-room';
const seat = (id: string) => ({ app: APP, channel: ROOM, member: { id, info: `"${id}"` } });
const users = (count: number, prefix = 'u') =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i)}`);
const of = (news: OccupancyNews[], type: 'joined' | 'left') =>
  news.flatMap((each) => (each.type === type ? [each.user] : []));
const plain = (transitions: Transition[]) =>
  transitions.map(({ kind, user }) => (user === undefined ? kind : `${kind} ${user}`));

/** A lease, which everybody is given once more by gateways that were held up themselves for so long. */
const LEASE_MS = 2_500;
const SILENCE_MS = 1_500;

let stage: OccupancyStage;
let probe: Redis;
let clock: FairClock;
const children: ChildProcess[] = [];
const proxies: CuttingProxy[] = [];

beforeAll(async () => {
  stage = await OccupancyStage.create('redis');
});
beforeEach(() => {
  probe = new Redis(stage.redis.url, { retryStrategy: () => 50, enableOfflineQueue: false });
  probe.on('error', () => undefined);
  clock = new FairClock(() => probe.ping());
});
afterEach(async () => {
  clock.close();
  probe.disconnect();
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await stage.clear();
  for (const proxy of proxies.splice(0)) await proxy.close();
});
afterAll(() => stage.close());

/** A gateway in a process of its own, in which these users are in the room. */
async function startChild(members: string[]): Promise<ChildProcess> {
  const program = require.resolve('./testing/occupy-until-killed');
  const args = ['--import', 'tsx', program, stage.redis.url, APP, ROOM, ...members];
  const child = spawn(process.execPath, args, {
    cwd: GATEWAY_FOLDER,
    env: { ...process.env, TSX_TSCONFIG_PATH: join(GATEWAY_FOLDER, 'tsconfig.json') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function startProxy(): Promise<CuttingProxy> {
  const proxy = await CuttingProxy.start(stage.redis.port);
  proxies.push(proxy);
  return proxy;
}

async function total(occupancy: Occupancy): Promise<number | undefined> {
  return (await occupancy.counts(APP, [ROOM]))[0];
}

async function memberIds(occupancy: Occupancy): Promise<string[] | undefined> {
  const roster = await occupancy.roster(APP, ROOM);
  return roster ? [...roster.members.keys()].sort() : undefined;
}

describe('over several gateways', () => {
  it('joins with the first connection and leaves with the last, each told once', async () => {
    const gateways = await Promise.all(['a', 'b', 'c'].map((name) => stage.gateway(name)));
    const { news } = await stage.listen(APP, ROOM);
    const comeAndGo = async (gateway: Occupancy, id: string) => {
      for (let round = 0; round < 20; round++) {
        await gateway.enter(seat(id));
        await delay(Math.random() * 5);
        gateway.leave(seat(id));
        if (Math.random() < 0.5) await delay(Math.random() * 5);
      }
    };
    await Promise.all(gateways.flatMap((gateway) => users(10).map((id) => comeAndGo(gateway, id))));
    const [a] = gateways as [Occupancy];
    await until('all have left', async () => (await total(a)) === 0);
    await a.enter(seat('last'));
    await until('the last is told', () => of(news, 'joined').includes('last'));
    const inside = new Set<string>();
    for (const each of news) {
      if (each.type === 'count') continue;
      expect(inside.has(each.user)).toBe(each.type === 'left');
      if (each.type === 'joined') inside.add(each.user);
      else inside.delete(each.user);
    }
    expect([...inside]).toEqual(['last']);
    expect(news.length).toBeGreaterThan(21);
    for (const [i, each] of news.entries()) {
      const before = news[i - 1];
      if (!before || each.type === 'count' || before.type === 'count') continue;
      expect(each.version).toBeGreaterThan(before.version);
    }
  });

  it('keeps the limit, whoever asks', async () => {
    const gateways = await Promise.all(['a', 'b', 'c'].map((name) => stage.gateway(name)));
    const answers = await Promise.all(
      gateways.flatMap((gateway, i) =>
        users(60, `g${String(i)}-`).map((id) => gateway.enter(seat(id), 100)),
      ),
    );
    expect(answers.filter((answer) => answer === 'entered')).toHaveLength(100);
    expect(answers.filter((answer) => answer === 'full')).toHaveLength(80);
    for (const gateway of gateways) {
      expect(await total(gateway)).toBe(100);
      expect(await gateway.memberCounts(APP, [ROOM])).toEqual([100]);
    }
    const inside = await memberIds(gateways[0]!);
    expect(await gateways[2]!.enter(seat(inside![0]!), 100)).toBe('entered');
  });

  it('gives up its share when it closes, and only that', async () => {
    const [a, b] = [await stage.gateway('a'), await stage.gateway('b')];
    const { news } = await stage.listen(APP, ROOM);
    await Promise.all(users(1_200).map((id) => a.enter(seat(id))));
    await b.enter(seat('u0'));
    b.keepTransitionsOf(APP, true);
    await a.close();
    expect(await total(b)).toBe(1);
    expect(await memberIds(b)).toEqual(['u0']);
    await until('they are told', () => of(news, 'left').length === 1_199);
    expect(await a.enter(seat('late'))).toBe('alone');
    expect(await total(b)).toBe(1);
  });

  it('one at a time consumes; another takes over where it died, with what it had in hand', async () => {
    const proxy = await startProxy();
    const dying = await stage.gateway('dying', proxy.port);
    const other = await stage.gateway('other');
    other.keepTransitionsOf(APP, true);
    const first: Transition[] = [];
    let letGo: () => void = () => undefined;
    const end = dying.consumeTransitions((batch) => {
      first.push(...batch);
      return new Promise((resolve) => (letGo = resolve));
    });
    await other.enter(seat('ann'));
    await until('it has them in hand', () => first.length === 2);
    const second = stage.consume(other);
    // Longer than a consumer that is dead, or held up for as long, keeps its right.
    const lostMs = clock.lostMs;
    await delay(2_000);
    if (clock.lostMs - lostMs < 500) expect(second).toEqual([]);
    proxy.partition();
    const diedAt = clock.now();
    await until('the other one has them', () => second.length === 2);
    expect(clock.now() - diedAt).toBeLessThan(3_000);
    expect(second).toEqual(first);
    await other.enter(seat('bob'));
    await until('it goes on', () => second.length === 3);
    expect(plain(second)).toEqual(['channel_occupied', 'member_added ann', 'member_added bob']);
    letGo();
    await end();
  });
});

describe('G7: a gateway may die', () => {
  it('kill -9: its members leave within 4 s, once, and its transitions are told', async () => {
    const watchers = await Promise.all(['a', 'b', 'c'].map((name) => stage.gateway(name)));
    const [a, b] = watchers as [Occupancy, Occupancy];
    const { news } = await stage.listen(APP, ROOM);
    const handed = stage.consume(b);
    const child = await startChild(users(100));
    await a.enter(seat('u0'));
    await until('they are in', () => of(news, 'joined').length === 100);
    child.kill('SIGKILL');
    const [diedAt, lostMs] = [clock.now(), clock.lostMs];
    const tookMs = () => {
      const wereAway = clock.lostMs - lostMs > SILENCE_MS / 2;
      return clock.now() - diedAt - (wereAway ? LEASE_MS : 0);
    };
    await until('they have left', () => of(news, 'left').length === 99);
    expect(tookMs()).toBeLessThan(4_000);
    await until('it is told', () => handed.filter(({ user }) => user !== undefined).length === 199);
    expect(tookMs()).toBeLessThan(5_000);
    expect(await memberIds(b)).toEqual(['u0']);
    expect(await total(b)).toBe(1);
    a.keepTransitionsOf(APP, true);
    a.leave(seat('u0'));
    await until('the room is told to be vacated', () => handed.length === 202);
    const expected = [...users(100).slice(1), 'u0'].sort();
    expect(of(news, 'left').sort()).toEqual(expected);
    expect(
      plain(handed)
        .filter((each) => each.startsWith('member_removed'))
        .sort(),
    ).toEqual(expected.map((id) => `member_removed ${id}`));
    expect(plain(handed).at(-1)).toBe('channel_vacated');
  });

  it('whoever comes back elsewhere in time has not left', async () => {
    const a = await stage.gateway('a');
    a.keepTransitionsOf(APP, true);
    const { news } = await stage.listen(APP, ROOM);
    const handed = stage.consume(a);
    const child = await startChild(['ann', 'bob']);
    child.kill('SIGKILL');
    await a.enter(seat('ann'));
    await until('bob is told to be removed', () => plain(handed).includes('member_removed bob'));
    expect(plain(handed).sort()).toEqual(
      ['channel_occupied', 'member_added ann', 'member_added bob', 'member_removed bob'].sort(),
    );
    expect(of(news, 'left')).toEqual(['bob']);
    expect(await total(a)).toBe(1);
  });

  it('the room is vacated after the last member is removed, whoever left last', async () => {
    const a = await stage.gateway('a');
    a.keepTransitionsOf(APP, true);
    const handed = stage.consume(a);
    const child = await startChild(['ann']);
    await a.enter(seat('bob'));
    child.kill('SIGKILL');
    await delay(1_500);
    a.leave(seat('bob'));
    await until('all is told', () => handed.length === 6);
    expect(plain(handed).slice(3)).toEqual([
      'member_removed ann',
      'member_removed bob',
      'channel_vacated',
    ]);
  });

  it('one that was paused brings no ghosts back, and its living seats come back', async () => {
    const a = await stage.gateway('a');
    const { news } = await stage.listen(APP, ROOM);
    const handed = stage.consume(a);
    const child = await startChild(['ann', 'bob']);
    await until('they are in', () => of(news, 'joined').length === 2);
    child.kill('SIGSTOP');
    await until('it is told', () => plain(handed).includes('channel_vacated'));
    expect(await total(a)).toBe(0);
    child.kill('SIGCONT');
    await until('they are back', () => of(news, 'joined').length === 4);
    expect(await memberIds(a)).toEqual(['ann', 'bob']);
    // The only one who says that they are kept says so again.
    await until('that is told, too', () => handed.length === 9);
    child.kill('SIGKILL');
    await until('they have left again', () => of(news, 'left').length === 4);
    expect(await total(a)).toBe(0);
  });

  it('one that is cut off from Redis goes on alone, and the others do not count it', async () => {
    const proxy = await startProxy();
    const cut = await stage.gateway('cut', proxy.port);
    const a = await stage.gateway('a');
    const { news } = await stage.listen(APP, ROOM);
    await cut.enter(seat('ann'));
    await a.enter(seat('bob'));
    proxy.partition();
    await until('ann has left', () => of(news, 'left').length === 1);
    expect(await memberIds(a)).toEqual(['bob']);
    await until('it knows', async () => (await cut.roster(APP, ROOM)) === null);
    const answer = await Promise.race([cut.enter(seat('carl'), 1), turnEnd('it waits')]);
    expect(answer).toBe('alone');
    expect(await total(cut)).toBe(2);
    expect(await cut.memberCounts(APP, [ROOM])).toEqual([2]);
    expect(await cut.channels(APP, 'presence-')).toEqual(new Map([[ROOM, 2]]));
    cut.leave(seat('carl'));
    expect(await total(cut)).toBe(1);
  });
});

describe('G5: Redis may die', () => {
  it('restarted empty, it is told who is there, and no transition is repeated', async () => {
    const [a, b] = [await stage.gateway('a'), await stage.gateway('b')];
    a.keepTransitionsOf(APP, true);
    const handed = stage.consume(b);
    await Promise.all(users(700).map((id) => a.enter(seat(id))));
    await Promise.all(['u0', 'ann', 'bob'].map((id) => b.enter(seat(id))));
    await until('all is told', () => handed.length === 703);
    await stage.redis.kill();
    await until('a knows', async () => (await a.roster(APP, ROOM)) === null);
    await until('b knows', async () => (await b.roster(APP, ROOM)) === null);
    a.leave(seat('u0'));
    a.leave(seat('u1'));
    b.leave(seat('bob'));
    // Ann has been on the other gateway all the time.
    expect(await a.enter(seat('ann'))).toBe('alone');
    expect(await a.enter(seat('new'))).toBe('alone');
    await stage.redis.start();
    await untilHeld(a);
    await untilHeld(b);
    const expected = [...users(700), 'ann', 'new'].filter((id) => id !== 'u1').sort();
    const isBack = async () => (await memberIds(b))?.join() === expected.join();
    await until('all are back', async () => (await isBack()) && (await total(a)) === 702);
    expect(await a.memberCounts(APP, [ROOM])).toEqual([701]);
    await until('what changed is told', () => handed.length === 706);
    expect(plain(handed.slice(703)).sort()).toEqual([
      'member_added new',
      'member_removed bob',
      'member_removed u1',
    ]);
    expect(new Set(handed.map(({ id }) => id)).size).toBe(706);
    // Nothing else is still held back.
    await a.enter(seat('carl'));
    a.leave(seat('carl'));
    await until('carl is told', () => plain(handed).includes('member_removed carl'));
    expect(handed).toHaveLength(708);
  });

  it('restarted empty, nobody has come who was on a gateway that is back a little later', async () => {
    const a = await stage.gateway('a');
    a.keepTransitionsOf(APP, true);
    const handed = stage.consume(a);
    const child = await startChild(['ann', 'bob']);
    await until('they are told', () => handed.length === 3);
    await stage.redis.kill();
    await until('a knows', async () => (await a.counts(APP, [ROOM]))[0] === 0);
    child.kill('SIGSTOP');
    await a.enter(seat('ann'));
    await a.enter(seat('new'));
    await stage.redis.start();
    await until('a is counted', async () => (await a.memberCounts(APP, [ROOM]))[0] === 2);
    child.kill('SIGCONT');
    await until('all know', async () => (await memberIds(a))?.join() === 'ann,bob,new');
    await until('new is told to be in', () => handed.length > 3);
    a.leave(seat('new'));
    await until('new is told to be gone', () => plain(handed).includes('member_removed new'));
    expect(plain(handed).slice(3)).toEqual(['member_added new', 'member_removed new']);
  });

  it('paused, it takes nobody apart when it goes on', async () => {
    const { port } = stage.redis;
    const [a, b] = [await stage.gateway('a', port), await stage.gateway('b', port)];
    const { news } = await stage.listen(APP, ROOM);
    await a.enter(seat('ann'));
    await b.enter(seat('bob'));
    clock.close();
    stage.redis.pause();
    const patience = new FairClock();
    const { result, tookMs } = await patience.time(a.enter(seat('carl')));
    expect(result).toBe('alone');
    expect(tookMs).toBeLessThan(2_000);
    patience.close();
    // Longer than a lease.
    await delay(4_000);
    stage.redis.resume();
    await untilHeld(a);
    await untilHeld(b);
    await until('carl is told', () => of(news, 'joined').includes('carl'));
    expect(await memberIds(b)).toEqual(['ann', 'bob', 'carl']);
    await b.enter(seat('dora'));
    await until('dora is told', () => of(news, 'joined').includes('dora'));
    expect(of(news, 'left')).toEqual([]);
    expect(of(news, 'joined')).toEqual(['ann', 'bob', 'carl', 'dora']);
  });

  it('one that has lost the last moments (a fail-over) is told them again', async () => {
    const [a, b] = [await stage.gateway('a'), await stage.gateway('b')];
    await a.enter(seat('ann'));
    await b.enter(seat('bob'));
    const redis = new Redis(stage.redis.url);
    const keys = (await redis.keys('hubbub:occupancy:*')).filter((key) => !key.includes('swept'));
    const snapshot = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    await a.enter(seat('carl'));
    b.leave(seat('bob'));
    await until('bob is gone', async () => (await total(a)) === 2);
    const rollback = redis.multi().flushall();
    for (const [i, key] of keys.entries()) rollback.restore(key, 0, snapshot[i]!);
    await rollback.exec();
    redis.disconnect();
    await until('all is true again', async () => (await memberIds(a))?.join() === 'ann,carl');
    await until('and counted once', async () => (await total(b)) === 2);
  });

  it.each([true, false])(
    'a seat is counted once if its answer was lost (taken: %s)',
    async (taken) => {
      const proxy = await startProxy();
      const [cut, a] = [await stage.gateway('cut', proxy.port), await stage.gateway('a')];
      const { news } = await stage.listen(APP, ROOM);
      proxy.cutAt('carl', taken);
      expect(await cut.enter(seat('carl'), 10)).toBe('alone');
      expect(proxy.cuts).toBe(1);
      await untilHeld(cut);
      await cut.enter(seat('dora'));
      expect(await memberIds(a)).toEqual(['carl', 'dora']);
      expect(await total(a)).toBe(2);
      cut.leave(seat('carl'));
      await until('carl has left', () => of(news, 'left').length === 1);
      expect(of(news, 'joined')).toEqual(['carl', 'dora']);
    },
  );

  it('refuses what comes late, and what comes from a gateway that was given up', async () => {
    const redis = new Redis(stage.redis.url);
    const apply = (incarnation: string, turn: number, count: number) =>
      runScript(redis, APPLY, [incarnation, turn, 0, 'loud', 0, APP, 'c', '', '', count, '']);
    await runScript(redis, REGISTER, ['x', 'birth', '']);
    expect(await apply('x', 2, 5)).toEqual(['']);
    expect(await apply('x', 1, 3)).toBeNull();
    expect(await apply('y', 1, 3)).toBeNull();
    expect(await redis.hgetall(`hubbub:occupancy:channels:${APP}`)).toEqual({ c: '5' });
    redis.disconnect();
  });
});
