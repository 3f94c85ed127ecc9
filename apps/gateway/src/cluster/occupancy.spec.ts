import type { Occupancy, Transition } from './occupancy';
import { OccupancyStage } from './testing/occupancy-stage';
import { FairClock } from '../testing/fair-clock';
import { until } from '../testing/until';

const APP = 'app:1';
const ROOM = 'presence-room';
const ann = (info: string | null = null) => ({
  app: APP,
  channel: ROOM,
  member: { id: 'ann', info },
});
const bob = { app: APP, channel: ROOM, member: { id: 'bob', info: null } };
const news = { app: APP, channel: 'news' };

/** How long a leave is held back. */
const HELD_MS = 3_000;

/** Without what differs each time. */
const plain = (transitions: Transition[]) =>
  transitions.map(({ kind, channel, user, subscriptions }) =>
    [kind, channel, user ?? subscriptions].filter((part) => part !== undefined).join(' '),
  );

describe.each(['local', 'redis'] as const)('occupancy, %s', (kind) => {
  let stage: OccupancyStage;
  let occupancy: Occupancy;
  let clock: FairClock;

  beforeAll(async () => {
    clock = new FairClock();
    stage = await OccupancyStage.create(kind);
  });
  beforeEach(async () => {
    occupancy = await stage.gateway('a');
  });
  afterEach(() => stage.clear());
  afterAll(() => {
    clock.close();
    return stage.close();
  });

  it('a member joins with the first connection and leaves with the last, in consecutive versions', async () => {
    const { news: told } = await stage.listen(APP, ROOM);
    expect(await occupancy.enter(ann('{"name":"Ann"}'))).toBe('entered');
    await occupancy.enter(ann('{"name":"other"}'));
    await occupancy.enter(bob);
    expect(await occupancy.counts(APP, [ROOM, 'nowhere'])).toEqual([3, 0]);
    expect(await occupancy.memberCounts(APP, ['nowhere', ROOM])).toEqual([0, 2]);
    const roster = await occupancy.roster(APP, ROOM);
    expect([...(roster?.members ?? [])]).toEqual(
      expect.arrayContaining([
        ['ann', '{"name":"Ann"}'],
        ['bob', null],
      ]),
    );
    occupancy.leave(ann());
    occupancy.leave(bob);
    occupancy.leave(ann());
    await until('all have left', () => told.length === 4);
    const first = told[0] as { version: number };
    expect(first.version).toBeGreaterThan(0);
    expect(roster?.version).toBe(first.version + 1);
    expect(
      told.map((each) => ({ ...each, version: (each as typeof first).version - first.version })),
    ).toEqual([
      { type: 'joined', version: 0, user: 'ann', info: '{"name":"Ann"}' },
      { type: 'joined', version: 1, user: 'bob', info: null },
      expect.objectContaining({ type: 'left', version: 2 }),
      expect.objectContaining({ type: 'left', version: 3 }),
    ]);
    const empty = { isWhole: true, version: 0, members: new Map() };
    expect(await occupancy.roster(APP, ROOM)).toEqual(empty);
    expect(await occupancy.channels(APP, '')).toEqual(new Map());
    await occupancy.enter(bob);
    await until('it begins again', () => told.length === 5);
    expect((told[4] as typeof first).version).toBeGreaterThan(first.version + 3);
  });

  it('takes ids and info of any characters', async () => {
    const { news: told } = await stage.listen(APP, ROOM);
    const ids = ['', ':', '1:2:', 'a"\\/\u0000\n', '汉字 😀', '__proto__', '17'];
    for (const id of ids) {
      await occupancy.enter({ app: APP, channel: ROOM, member: { id, info: JSON.stringify(id) } });
    }
    const roster = await occupancy.roster(APP, ROOM);
    expect(new Set(roster?.members)).toEqual(new Set(ids.map((id) => [id, JSON.stringify(id)])));
    await until('all are told', () => told.length === ids.length);
    expect(told).toMatchObject(ids.map((user) => ({ user, info: JSON.stringify(user) })));
    const half = { app: APP, channel: ROOM, member: { id: '\ud83d', info: null } };
    await occupancy.enter(half);
    occupancy.leave(half);
    await until('half a character has left', () => told.length === ids.length + 2);
    expect(told.at(-1)).toMatchObject({ type: 'left', user: '\ufffd' });
  });

  it('counts subscriptions without members, and tells the last count', async () => {
    const { news: told } = await stage.listen(APP, 'news');
    for (let i = 0; i < 1_200; i++) void occupancy.enter(news);
    for (let i = 0; i < 200; i++) occupancy.leave(news);
    await until('the count is told', () => told.at(-1)?.type === 'count');
    await until('it is counted', async () => (await occupancy.counts(APP, ['news']))[0] === 1_000);
    expect(told.at(-1)).toEqual({ type: 'count', subscriptions: 1_000 });
    expect(told.length).toBeLessThan(20);
    await occupancy.enter({ app: APP, channel: 'new*' });
    await occupancy.enter({ app: APP, channel: '#server-to-user-1' });
    await occupancy.enter({ app: 'other', channel: 'news' });
    expect(await occupancy.channels(APP, 'new')).toEqual(
      new Map([
        ['news', 1_000],
        ['new*', 1],
      ]),
    );
    expect(await occupancy.channels(APP, 'new*')).toEqual(new Map([['new*', 1]]));
    expect((await occupancy.channels(APP, '')).size).toBe(2);
    expect(await occupancy.counts(APP, ['#server-to-user-1'])).toEqual([1]);
    expect(await occupancy.counts(APP, [])).toEqual([]);
  });

  it('lets nobody in beyond the limit, but another connection of a member', async () => {
    expect(await occupancy.enter(ann(), 1)).toBe('entered');
    expect(await occupancy.enter(bob, 1)).toBe('full');
    expect(await occupancy.enter(ann(), 1)).toBe('entered');
    occupancy.leave(ann());
    expect(await occupancy.enter(bob, 1)).toBe('full');
    occupancy.leave(ann());
    expect(await occupancy.enter(bob, 1)).toBe('entered');
    const many = Array.from({ length: 30 }, () => occupancy.enter(news, 20));
    const answers = await Promise.all(many);
    expect(answers.filter((answer) => answer === 'entered')).toHaveLength(20);
    expect(await occupancy.counts(APP, ['news', ROOM])).toEqual([20, 1]);
  });

  it('hands over transitions in order; a leave that is taken back is none', async () => {
    occupancy.keepTransitionsOf(APP, true);
    const handed = stage.consume(occupancy);
    await occupancy.enter(ann());
    await until('they are told', () => handed.length === 2);
    expect(plain(handed)).toEqual([`channel_occupied ${ROOM}`, `member_added ${ROOM} ann`]);
    occupancy.leave(ann());
    // The second leave is not taken back: what comes before it would have been handed over before it.
    await occupancy.enter(bob);
    await occupancy.enter(ann());
    const [leftAt, clockedAt] = [Date.now(), clock.now()];
    occupancy.leave(bob);
    occupancy.leave(ann());
    await until('all is told', () => handed.length === 6);
    expect(plain(handed).slice(2, 3)).toEqual([`member_added ${ROOM} bob`]);
    expect(plain(handed).slice(3, 5).sort()).toEqual([
      `member_removed ${ROOM} ann`,
      `member_removed ${ROOM} bob`,
    ]);
    expect(plain(handed).slice(5)).toEqual([`channel_vacated ${ROOM}`]);
    const toldAt = Date.now();
    expect(clock.now() - clockedAt).toBeLessThan(4_500);
    // They left when they left, however late that is told.
    for (const { at } of handed.slice(3)) {
      expect(at).toBeGreaterThanOrEqual(leftAt - 1);
      expect(at).toBeLessThanOrEqual(toldAt - HELD_MS + 1);
    }
    expect(new Set(handed.map(({ id }) => id)).size).toBe(6);
  });

  it('keeps transitions of the apps that want them only, and of no channel of the server', async () => {
    const handed = stage.consume(occupancy);
    const enterAll = async () => {
      await occupancy.enter({ app: 'other', channel: 'x' });
      await occupancy.enter({ app: APP, channel: '#server-to-user-1' });
      await occupancy.enter({ app: APP, channel: 'x' });
      for (const app of [APP, 'other']) occupancy.leave({ app, channel: 'x' });
      await until('they have left', async () => (await occupancy.counts(APP, ['x']))[0] === 0);
    };
    await enterAll();
    occupancy.keepTransitionsOf(APP, true);
    await occupancy.enter({ app: APP, channel: 'y' });
    await until('the count is told', () => handed.length === 2);
    expect(plain(handed)).toEqual(['channel_occupied y', 'subscription_count y 1']);
    occupancy.keepTransitionsOf(APP, false);
    await enterAll();
    occupancy.keepTransitionsOf(APP, true);
    await occupancy.enter({ app: APP, channel: 'z' });
    await until('it is told', () => handed.some(({ channel }) => channel === 'z'));
    // The count of z may be told by now; what x did is not.
    expect(plain(handed).slice(2, 3)).toEqual(['channel_occupied z']);
    expect(handed.filter(({ channel }) => !['y', 'z'].includes(channel))).toEqual([]);
  });

  it('tells the subscription count of a busy channel about once a second, and the last one', async () => {
    occupancy.keepTransitionsOf(APP, true);
    const handed = stage.consume(occupancy);
    for (let i = 0; i < 50; i++) await occupancy.enter(news);
    await until('the last count is told', () => handed.some((each) => each.subscriptions === 50));
    const toldAt = handed.filter(({ subscriptions }) => subscriptions !== undefined);
    for (const [i, { at }] of toldAt.entries()) {
      expect(at - (toldAt[i - 1]?.at ?? -Infinity)).toBeGreaterThanOrEqual(999);
    }
  });

  it('hands a batch over again that could not be handled, before all others', async () => {
    occupancy.keepTransitionsOf(APP, true);
    await occupancy.enter(ann());
    const handed: string[][] = [];
    const end = occupancy.consumeTransitions((batch) => {
      handed.push(batch.map(({ id }) => id));
      return handed.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    });
    await until('it is handled', () => handed.length === 3);
    expect(handed[0]).toHaveLength(2);
    expect(handed[1]).toEqual(handed[0]);
    expect(handed[2]).toEqual(handed[0]);
    await occupancy.enter(bob);
    await until('the next one is handled', () => handed.length === 4);
    expect(handed[3]).toHaveLength(1);
    expect(handed[0]).not.toContain(handed[3]?.[0]);
    await end();
  });
});
