import { unique } from '../testing/api';
import { useCluster } from '../testing/bed';
import { pusherApi } from '../testing/pusher-pages';
import { PusherSocket } from '../testing/pusher-socket';
import { waitFor } from '../testing/wait-for';
import { metricsOf } from '../testing/metrics';

jest.setTimeout(120_000);
const bed = useCluster();
const sockets: PusherSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.drop();
});

interface Counted {
  /** Events that were encoded. */
  encodings: number;
  deliveries: number;
  /** What Redis has brought. */
  payloads: number;
}

async function counted(gateway: number): Promise<Counted> {
  const metric = await metricsOf(bed().cluster.gateway(gateway));
  return {
    encodings: metric('hubbub_channel_encodings_total'),
    deliveries: metric('hubbub_channel_deliveries_total'),
    payloads: metric('hubbub_channel_payloads_total'),
  };
}

async function countedSince(before: Counted, gateway: number): Promise<Counted> {
  const now = await counted(gateway);
  return {
    encodings: now.encodings - before.encodings,
    deliveries: now.deliveries - before.deliveries,
    payloads: now.payloads - before.payloads,
  };
}

describe('an event of a channel with 1,000 subscribers', () => {
  it('is encoded once at each gateway, and no other gateway hears of it', async () => {
    const channel = unique();
    for (const gateway of [0, 1]) {
      const url = bed().cluster.gateway(gateway);
      for (let i = 0; i < 10; i++) {
        const opened = Array.from({ length: 50 }, async () => {
          const socket = await PusherSocket.open(url);
          sockets.push(socket);
          await socket.join(channel);
        });
        await Promise.all(opened);
      }
    }
    // The last that is told by itself: how many they are.
    const isCounted = (socket: PusherSocket) =>
      socket
        .of(channel, 'pusher_internal:subscription_count')
        .some(({ data }) => (data as { subscription_count: number }).subscription_count === 1_000);
    await waitFor(() => sockets.every(isCounted), { what: 'all are counted', timeoutMs: 20_000 });

    const before = await Promise.all([0, 1, 2].map(counted));
    const events = 20;
    const api = pusherApi(bed().cluster.url);
    for (let i = 0; i < events; i++) await api.trigger(channel, 'said', { i });
    await waitFor(() => sockets.every((it) => it.of(channel, 'said').length >= events), {
      what: 'all have all events',
      timeoutMs: 20_000,
    });

    for (const gateway of [0, 1]) {
      expect(await countedSince(before[gateway]!, gateway)).toEqual({
        encodings: events,
        deliveries: 500 * events,
        payloads: events,
      });
    }
    const idle = { encodings: 0, deliveries: 0, payloads: 0 };
    expect(await countedSince(before[2]!, 2)).toEqual(idle);
    const order = Array.from({ length: events }, (_, i) => `{"i":${String(i)}}`);
    for (const socket of sockets) {
      expect(socket.of(channel, 'said').map(({ data }) => data)).toEqual(order);
    }
  });
});
