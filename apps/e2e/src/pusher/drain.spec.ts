import { unique } from '../testing/api';
import { useCluster } from '../testing/bed';
import { kill } from '../testing/processes';
import { pusherApi } from '../testing/pusher-pages';
import { PusherSocket } from '../testing/pusher-socket';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();

it('G8: every publication through the load balancer is taken and delivered while a gateway drains', async () => {
  const channel = unique();
  // At a gateway that stays.
  const subscriber = await PusherSocket.open(bed().cluster.gateway(0));
  await subscriber.join(channel);
  const api = pusherApi(bed().cluster.url);
  const taken: string[] = [];
  const failed: string[] = [];
  let isOver = false;
  const publishers = [1, 2, 3].map(async (publisher) => {
    for (let i = 0; !isOver; i++) {
      const id = `${String(publisher)}/${String(i)}`;
      await api.trigger(channel, 'said', { id }).then(
        () => taken.push(id),
        (error: unknown) => failed.push(String(error)),
      );
    }
  });
  await waitFor(() => taken.length > 100, { what: 'it is published' });
  const draining = bed().cluster.pid(1);
  kill(draining, 'SIGTERM');
  await waitFor(() => bed().cluster.pids.gateways[1] !== draining, {
    what: 'the gateway has ended',
    timeoutMs: 20_000,
  });
  await bed().cluster.isWhole();
  isOver = true;
  await Promise.all(publishers);
  expect(failed).toEqual([]);
  await waitFor(() => subscriber.of(channel, 'said').length >= taken.length, {
    what: 'all of it is delivered',
    timeoutMs: 20_000,
  });
  const heard = subscriber
    .of(channel, 'said')
    .map(({ data }) => (JSON.parse(data as string) as { id: string }).id);
  expect([...heard].sort()).toEqual([...taken].sort());
  subscriber.drop();
});
