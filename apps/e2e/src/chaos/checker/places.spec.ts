import { checkPlaces } from './places';
import { evidenceOf, fault, historyOf, state } from './testing';

const LOST = historyOf(state(0, 'ann', 'joined'), state(10_500, 'ann', 'away'));

describe('a place in a room', () => {
  test('is lost with the gateway, the socket, or by leaving', () => {
    const faults = [fault('gateway-kill', 10_000), fault('mysql-kill', 10_000)];
    expect(checkPlaces(evidenceOf(LOST, { faults }))).toEqual([]);
    expect(checkPlaces(evidenceOf(LOST, { faults: [fault('redis-kill', 20_000)] }))).toEqual([]);
    const left = { faults: [fault('redis-kill', 10_000)], leftAt: 10_400 };
    expect(checkPlaces(evidenceOf(LOST, left))).toEqual([]);
  });

  test('G5, G11: is lost with Redis, or the database', () => {
    expect(checkPlaces(evidenceOf(LOST, { faults: [fault('redis-cut', 10_000)] }))).toEqual([
      'G5: ann lost lobby at 10.5 s, during: a redis-cut',
    ]);
    expect(checkPlaces(evidenceOf(LOST, { faults: [fault('mysql-pause', 10_000)] }))).toEqual([
      'G11: ann lost lobby at 10.5 s, during: a mysql-pause',
    ]);
  });
});
