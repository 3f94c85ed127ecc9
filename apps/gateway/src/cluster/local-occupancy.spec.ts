import { silent } from '../testing/silent-log';
import { LocalBus } from './local-bus';
import { LocalOccupancy } from './local-occupancy';
import type { Transition } from './occupancy';

it('a gateway that is alone and ends tells that everybody has left, before it is closed', async () => {
  const occupancy = new LocalOccupancy(new LocalBus(), silent);
  occupancy.keepTransitionsOf('app', true);
  const told: string[] = [];
  let failures = 1;
  occupancy.consumeTransitions((batch: Transition[]) => {
    if (failures-- > 0) return Promise.reject(new Error('not now'));
    told.push(...batch.map(({ kind, user }) => (user === undefined ? kind : `${kind} ${user}`)));
    return Promise.resolve();
  });
  const seat = { app: 'app', channel: 'presence-a', member: { id: 'ann', info: null } };
  await occupancy.enter(seat);
  await occupancy.close();
  expect(told).toEqual([
    'channel_occupied',
    'member_added ann',
    'member_removed ann',
    'channel_vacated',
  ]);
});
