import type { Count } from '../ending';
import { checkPresence } from './presence';
import { CHANNEL, evidenceOf, fault, historyOf, ROOM, state } from './testing';

const viewers = (at: number, count: number, client = 'ann') =>
  ({ type: 'viewers', at, client, count }) as const;
const members = (at: number, ...ids: string[]) =>
  ({ type: 'members', at, client: 'ann', room: CHANNEL, ids }) as const;

const TWO = [state(0, 'ann', 'joined'), state(100, 'bob', 'joined')];
const END = state(30_000, 'ann', 'away');

function problems(
  events: Parameters<typeof historyOf>,
  more: Parameters<typeof evidenceOf>[1] = {},
) {
  return checkPresence(evidenceOf(historyOf(...events, END), more));
}

describe('the viewers of a room', () => {
  test('are counted right 5 s after the last one came', () => {
    expect(problems([...TWO, viewers(0, 1), viewers(4_000, 2)])).toEqual([]);
  });

  test('may be counted wrong for a while, and while something is at fault', () => {
    expect(problems([...TWO, viewers(200, 7), viewers(5_000, 2)])).toEqual([]);
    const wrong = [...TWO, viewers(200, 2), viewers(12_000, 1), viewers(26_000, 2)];
    expect(problems(wrong)).toHaveLength(1);
    expect(problems(wrong, { faults: [fault('redis-kill', 11_000, { to: 21_000 })] })).toEqual([]);
  });

  test('may be counted wrong for longer where a process had no core, by as much', () => {
    const late = [...TWO, viewers(200, 1), viewers(8_000, 2)];
    expect(problems(late)).toHaveLength(1);
    const waits = [
      { from: 1_000, to: 3_500 },
      { from: 3_000, to: 4_000 },
    ];
    expect(problems(late, { waits })).toEqual([]);
    expect(problems([...TWO, viewers(200, 1), viewers(9_500, 2)], { waits })).toHaveLength(1);
  });

  test('G7: have a ghost among them', () => {
    const left = [...TWO, viewers(200, 2), state(5_000, 'bob', 'away')];
    expect(problems([...left, viewers(9_000, 1)])).toEqual([]);
    expect(problems(left)).toEqual([
      'G7: ann was told 2 of lobby, where there are 1: at 0.2 s, and nothing had changed since 5.0 s',
    ]);
  });

  test('G7: lack one, or are counted anew when nothing has changed', () => {
    expect(problems([...TWO, viewers(200, 1)])).toHaveLength(1);
    expect(problems([...TWO, viewers(200, 2), viewers(15_000, 1), viewers(16_000, 2)])).toEqual([
      expect.stringMatching(/^G7: ann was told 1 of lobby, where there are 2: at 15\.0 s/),
    ]);
  });
});

describe('the members of a presence channel', () => {
  const there = ['ann', 'bob', 'bob again'].map((it) => state(0, it, 'joined', CHANNEL));
  const users = { members: new Map([['bob again', 'bob']]) };

  test('are the users that are connected, each once', () => {
    expect(problems([...there, members(10, 'ann', 'bob')], users)).toEqual([]);
  });

  test('G7: have a ghost among them, or lack one', () => {
    expect(problems([...there, members(10, 'ann', 'bob', 'cay')], users)).toEqual([
      expect.stringMatching(
        /^G7: ann was told ann, bob, cay of presence-lobby, where there are ann, bob/,
      ),
    ]);
    expect(problems([...there, members(10, 'ann')], users)).toHaveLength(1);
  });

  test('stay while one of a user’s connections does', () => {
    const gone = state(1_000, 'bob', 'away', CHANNEL);
    expect(problems([...there, gone, members(10, 'ann', 'bob')], users)).toEqual([]);
    expect(problems([...there, gone, members(2_000, 'ann')], users)).toHaveLength(1);
  });
});

describe('what the gateways say when some have left', () => {
  const count = (more: Partial<Count>): Count => ({
    ...{ gateway: 1, room: ROOM, at: 20_000, connections: 2, users: null, ...more },
  });

  test('is who is there', () => {
    expect(problems([...TWO, viewers(200, 2)], { counts: [count({})] })).toEqual([]);
    const there = ['ann', 'bob'].map((it) => state(0, it, 'joined', CHANNEL));
    const counts = [count({ room: CHANNEL, users: ['bob', 'ann'] })];
    expect(problems([...there, members(10, 'ann', 'bob')], { counts })).toEqual([]);
  });

  test('G7: is too much, too little, or nothing', () => {
    expect(problems(TWO, { counts: [count({ connections: 3 })] })).toEqual([
      'G7: gateway 2 said at 20.0 s of lobby: 3; there are 2 connections',
    ]);
    expect(problems(TWO, { counts: [count({ connections: null })] })).toEqual([
      'G7: gateway 2 said at 20.0 s of lobby: nothing; there are 2 connections',
    ]);
    const there = [state(0, 'ann', 'joined', CHANNEL)];
    const counts = [count({ room: CHANNEL, connections: 1, users: ['ann', 'bob'] })];
    expect(problems(there, { counts })).toEqual([
      'G7: gateway 2 named in presence-lobby: ann, bob; there are ann',
    ]);
  });
});
