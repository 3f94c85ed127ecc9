import type { FaultResult } from '../outcome';
import { checkPublications } from './publications';
import { evidenceOf, fault, historyOf, state } from './testing';

const NEWS = 'news';
type Events = Parameters<typeof historyOf>;

/** Published at `at`, accepted 10 ms later; unless it is not. */
function publish(at: number, text: string, isAccepted = true): Events {
  const of = { client: 'publisher', room: NEWS, text };
  const tried = { ...of, type: 'send', at, key: text } as const;
  return isAccepted ? [tried, { ...of, type: 'published', at: at + 10 }] : [tried];
}

const event = (at: number, text: string) =>
  ({ type: 'event', at, client: 'ann', room: NEWS, text }) as const;

const THERE = [state(0, 'ann', 'joined', NEWS), state(60_000, 'ann', 'away', NEWS)];
const THREE = [...publish(10_000, '1'), ...publish(10_500, '2'), ...publish(11_000, '3')];

function problems(events: Events, faults: FaultResult[] = []): string[] {
  return checkPublications(evidenceOf(historyOf(...THERE, ...events), { faults }));
}

describe('publications', () => {
  test('are seen once, in order', () => {
    expect(
      problems([...THREE, event(10_020, '1'), event(10_520, '2'), event(11_020, '3')]),
    ).toEqual([]);
  });

  test('are seen twice', () => {
    const seen = [event(10_020, '1'), event(10_520, '2'), event(10_530, '2'), event(11_020, '3')];
    expect(problems([...THREE, ...seen])).toEqual([
      'Pusher: ann saw 2 in news at 10.5 s a second time',
    ]);
  });

  test('are seen out of order', () => {
    const seen = [event(10_520, '2'), event(10_530, '1'), event(11_020, '3')];
    expect(problems([...THREE, ...seen])).toEqual(['Pusher: ann saw 1 after 2 in news at 10.5 s']);
    expect(problems([...THREE, ...seen], [fault('redis-delay', 10_000)])).toEqual([]);
  });

  test('are lost', () => {
    const seen = [event(10_020, '1'), event(11_020, '3')];
    expect(problems([...THREE, ...seen])).toEqual([
      'Pusher: ann never saw 2 of news, published at 10.5 s',
    ]);
    expect(problems([...THREE, ...seen], [fault('redis-kill', 10_000)])).toEqual([]);
    expect(problems([...THREE, ...seen], [fault('gateway-kill', 10_000)])).toEqual([]);
    expect(problems([...THREE, ...seen], [fault('mysql-kill', 10_000)])).toHaveLength(1);
  });

  test('are nothing to one who is not there', () => {
    const away = [state(10_400, 'ann', 'away', NEWS), state(10_600, 'ann', 'joined', NEWS)];
    expect(problems([...THREE, ...away, event(10_020, '1'), event(11_020, '3')])).toEqual([]);
  });

  test('that were not accepted may be seen or not, at any time, but once', () => {
    const sent = [...publish(10_000, '1'), ...publish(10_500, '2', false), ...publish(11_000, '3')];
    const seen = [event(10_020, '1'), event(11_020, '3')];
    expect(problems([...sent, ...seen])).toEqual([]);
    expect(problems([...sent, ...seen, event(11_030, '2')])).toEqual([]);
    expect(problems([...sent, ...seen, event(11_030, '2'), event(11_040, '2')])).toHaveLength(1);
  });

  test('come from nowhere', () => {
    expect(problems([...publish(10_000, '1'), event(10_020, '1'), event(10_030, '9')])).toEqual([
      'Pusher: ann saw 9 in news at 10.0 s, which nobody published',
    ]);
  });
});
