import { until } from '../../testing/until';
import { APP, PusherBed } from '../testing/pusher-bed';
import { Receiver } from './testing/receiver';

const EVENTS = [
  'client_event',
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'cache_miss',
  'subscription_count',
  '$connect',
  '$disconnect',
];

describe('a gateway with a webhook', () => {
  let bed: PusherBed;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
    const webhooks = [{ url: receiver.url, event_types: EVENTS }];
    bed = await PusherBed.start({}, [{ ...APP, enableClientMessages: true, webhooks }]);
  });
  afterAll(async () => {
    expect(bed.complaints).toEqual([]);
    await bed.close();
    await receiver.close();
  });

  it('tells it all that its clients do, by what they are called', async () => {
    const client = await bed.connect();
    await client.join('presence-a', { user_id: 7 });
    await client.join('cache-a');
    client.send({ event: 'client-hey', channel: 'presence-a', data: '{"a":1}' });
    await client.settle();
    await client.close();
    const arrived = (name: string) => receiver.events.filter((event) => event.name === name);
    await until('the channels are vacated', () => arrived('channel_vacated').length === 2);
    await until('nobody is left', () => arrived('member_removed').length === 1);
    // Each channel and connection has an order of its own.
    await until('the rest has arrived', () =>
      ['$disconnect', 'cache_miss', 'client_event'].every((name) => arrived(name).length > 0),
    );
    const { socket_id: socketId } = arrived('$connect')[0] as unknown as { socket_id: string };
    expect(arrived('$connect')).toMatchObject([{ name: '$connect', source_ip: '127.0.0.1' }]);
    expect(arrived('$disconnect')).toMatchObject([{ socket_id: socketId }]);
    expect(
      arrived('channel_occupied')
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['cache-a', 'presence-a']);
    expect(arrived('member_added')).toEqual([
      { name: 'member_added', channel: 'presence-a', user_id: '7' },
    ]);
    expect(arrived('cache_miss')).toEqual([{ name: 'cache_miss', channel: 'cache-a' }]);
    expect(arrived('client_event')).toEqual([
      {
        name: 'client_event',
        channel: 'presence-a',
        event: 'client-hey',
        data: '{"a":1}',
        socket_id: socketId,
        user_id: '7',
      },
    ]);
  });
});
