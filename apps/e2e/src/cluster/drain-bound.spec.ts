import { useCluster } from '../testing/bed';
import { kill } from '../testing/processes';
import { newKey } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();

/** A drain is given 15 s; what is beyond is for the stack to see it, and for a machine that has other work too. */
const WITHIN_MS = 20_000;
/** Entries of some 900 bytes: more than the system's own buffers of a socket hold. */
const UNREAD = 5_000;

it('G8: a gateway that is asked to end does so in time, whatever hangs: Redis, the database, clients that do not read', async () => {
  const { api, cluster } = bed();
  const room = await api.room(await api.account());
  const { token } = await api.bot();
  const writer = await bed().open(1, { token });
  const client = await bed().open(1, { token });
  const deaf = await bed().open(1);
  for (const it of [writer, client, deaf]) await it.ok('join', { room });
  deaf.ws.pause();
  const text = '🚀'.repeat(200);
  for (let said = 0; said < UNREAD; said += 200)
    await Promise.all(Array.from({ length: 200 }, () => writer.say(room, text)));
  const victim = cluster.pid(1);
  const servers = [cluster.pid('redis'), cluster.pid('mysql')];
  for (const pid of servers) kill(pid, 'SIGSTOP');
  try {
    // Something in flight at each door.
    void client.ask({ event: 'send', data: { room, key: newKey(), text } }).catch(() => undefined);
    void fetch(`${cluster.gateway(1)}/api/rooms/${room}/members`).catch(() => undefined);
    kill(victim, 'SIGTERM');
    await waitFor(() => cluster.pids.gateways[1] !== victim, {
      what: 'the gateway has ended',
      timeoutMs: WITHIN_MS,
    });
  } finally {
    for (const pid of servers) kill(pid, 'SIGCONT');
  }
  expect((await client.closed()).code).toBe(1012);
  deaf.drop();
  await cluster.isWhole();
});
