import { unique } from '../testing/api';
import { useCluster } from '../testing/bed';
import { kill } from '../testing/processes';
import { pusherApi } from '../testing/pusher-pages';
import { PusherSocket } from '../testing/pusher-socket';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();
const sockets: PusherSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.drop();
});

async function join(gateway: number, channel: string): Promise<PusherSocket> {
  const socket = await PusherSocket.open(bed().cluster.gateway(gateway));
  sockets.push(socket);
  await socket.join(channel);
  return socket;
}

const said = (socket: PusherSocket, channel: string) =>
  socket.of(channel, 'said').map(({ data }) => data);

describe('channels', () => {
  it('G5: while Redis hangs, reach the subscribers of the gateway that is asked, and all when it is back', async () => {
    const channel = unique();
    const [here, there] = [await join(0, channel), await join(1, channel)];
    const api = pusherApi(bed().cluster.gateway(0));
    await api.trigger(channel, 'said', '1');
    await waitFor(() => said(there, channel).length === 1, { what: 'all is well' });
    const redis = bed().cluster.pid('redis');
    kill(redis, 'SIGSTOP');
    try {
      await api.trigger(channel, 'said', '2');
      await api.trigger(channel, 'said', '3');
      await waitFor(() => said(here, channel).length >= 3, { what: 'the events at this gateway' });
    } finally {
      kill(redis, 'SIGCONT');
    }
    await waitFor(
      async () => {
        await api.trigger(channel, 'said', 'again');
        return said(there, channel).includes('again');
      },
      { what: 'the other gateway hears again', everyMs: 100 },
    );
    // Redis has kept what it was sent while it hung: nobody is given it twice for that.
    for (const socket of [here, there]) {
      const numbered = said(socket, channel).filter((data) => data !== 'again');
      expect(new Set(numbered).size).toBe(numbered.length);
    }
    expect([here.closedWith, there.closedWith]).toEqual([null, null]);
  });

  it('G5: go on by themselves after Redis was killed', async () => {
    const channel = unique();
    const [here, there] = [await join(0, channel), await join(1, channel)];
    kill(bed().cluster.pid('redis'));
    const api = pusherApi(bed().cluster.gateway(0));
    await api.trigger(channel, 'said', 'meanwhile');
    await waitFor(() => said(here, channel).includes('meanwhile'), { what: 'it at this gateway' });
    await bed().cluster.isWhole();
    await waitFor(
      async () => {
        await api.trigger(channel, 'said', 'again');
        return said(there, channel).includes('again');
      },
      { what: 'the other gateway hears again', everyMs: 100 },
    );
    expect(said(here, channel).filter((data) => data === 'meanwhile')).toHaveLength(1);
    expect([here.closedWith, there.closedWith]).toEqual([null, null]);
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'G7: count and name everybody who is there after Redis was away (%s)',
    async (signal) => {
      const channel = unique();
      const users = [unique(), unique(), unique()];
      const all = await Promise.all([0, 1, 2].map((gateway) => join(gateway, channel)));
      all.forEach((socket, i) => {
        socket.signIn(users[i]!, users);
      });
      const isRight = () =>
        all.every((it) => it.subscriptionCount(channel) === 3 && it.online().size === 3);
      await waitFor(isRight, { what: 'all are counted, and online', timeoutMs: 20_000 });
      const redis = bed().cluster.pid('redis');
      kill(redis, signal);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      if (signal === 'SIGSTOP') kill(redis, 'SIGCONT');
      await bed().cluster.isWhole();
      // Whatever the gateways are still to tell each other is told.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await waitFor(isRight, { what: 'all are counted again, and online' });
      expect(all.map((it) => it.subscriptionCount(channel))).toEqual([3, 3, 3]);
      for (const socket of all) expect([...socket.online()].sort()).toEqual([...users].sort());
    },
  );

  it('G11: flow while the database is away', async () => {
    const channel = unique();
    const there = await join(1, channel);
    const database = bed().cluster.pid('mysql');
    kill(database, 'SIGSTOP');
    try {
      const late = await join(2, channel);
      await pusherApi(bed().cluster.gateway(0)).trigger(channel, 'said', 'x');
      await waitFor(() => [there, late].every((it) => said(it, channel).length === 1), {
        what: 'the event',
      });
    } finally {
      kill(database, 'SIGCONT');
    }
  });
});
