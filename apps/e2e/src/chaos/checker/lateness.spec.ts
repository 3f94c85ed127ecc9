import type { Ending } from '../ending';
import type { FaultResult } from '../outcome';
import { checkLateness } from './lateness';
import { entry, evidenceOf, fault, historyOf, said, state } from './testing';

const JOINED = state(0, 'reader', 'joined');
const END = state(60_000, 'reader', 'away');
const SAID = said(10_000, 1, 'a');

function problems(
  events: Parameters<typeof historyOf>,
  faults: FaultResult[] = [],
  { stalls = [], waits = [] }: Partial<Pick<Ending, 'stalls' | 'waits'>> = {},
): string[] {
  const history = historyOf(JOINED, ...SAID, ...events, END);
  return checkLateness(evidenceOf(history, { faults, stalls, waits }));
}

const LATE = [entry(13_000, 1, 'text of a')];
const G5 = expect.stringMatching(/^G5: reader saw 1 of lobby after 3\.0 s/) as string;

describe('a message that is acknowledged', () => {
  test('is seen within a second', () => {
    expect(problems([entry(10_900, 1, 'text of a')])).toEqual([]);
    expect(problems([entry(10_900, 1, 'text of a')], [fault('redis-kill', 10_000)])).toEqual([]);
  });

  test('G5: is late, with Redis and without', () => {
    expect(problems(LATE)).toEqual([G5]);
    expect(problems(LATE, [fault('redis-pause', 9_500)])).toEqual([
      expect.stringMatching(/^G5: .*, during: a redis-pause$/),
    ]);
    expect(problems([])).toEqual([expect.stringMatching(/^G5: reader saw 1 of lobby never live/)]);
  });

  test('may be later by as much as the way to Redis is longer', () => {
    const delayed = [fault('redis-delay', 9_500)];
    expect(problems([entry(12_300, 1, 'text of a')], delayed)).toEqual([]);
    expect(problems(LATE, delayed)).toHaveLength(1);
  });

  test('may be late while a gateway or the database is at fault, and those are not back', () => {
    expect(problems(LATE, [fault('gateway-stop', 9_000)])).toEqual([]);
    expect(problems(LATE, [fault('mysql-kill', 5_000, { recoveryMs: 6_000 })])).toEqual([]);
    expect(problems(LATE, [fault('mysql-kill', 5_000, { recoveryMs: 1_000 })])).toEqual([G5]);
  });

  test('may be late for one who is not there, does not read, or was told of a gap', () => {
    expect(problems([state(10_500, 'reader', 'away'), ...LATE])).toEqual([]);
    expect(
      problems([{ type: 'stalled', at: 9_000, client: 'reader', ms: 2_000 }, ...LATE]),
    ).toEqual([]);
    expect(problems([{ type: 'gap', at: 10_500, client: 'reader', from: 1, to: 1 }])).toEqual([]);
  });

  test('may be late where this process, or one of the cluster, had no core', () => {
    const held = [{ from: 10_100, to: 12_900 }];
    expect(problems(LATE, [], { stalls: held })).toEqual([]);
    expect(problems(LATE, [], { waits: held })).toEqual([]);
    expect(problems(LATE, [], { waits: [{ from: 1_000, to: 4_000 }] })).toEqual([G5]);
  });

  test('G6: is late for one who reads, because another one does not', () => {
    expect(problems(LATE, [fault('slow-viewer', 9_000)])).toHaveLength(1);
  });
});
