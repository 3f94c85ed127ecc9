import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import { kill } from '../testing/processes';
import type { RawClient } from '../testing/raw-client';
import { talk } from '../testing/talk';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();

const WITHIN_MS = 1_000;
/** So many arrive in time: a machine that stands still for a moment has one message late, and another one for the next such moment. */
const SHARE_IN_TIME = 0.75;

async function scene(): Promise<{
  room: string;
  writer: RawClient;
  views: LogView[];
  readers: RawClient[];
}> {
  const { api } = bed();
  const room = await api.room(await api.account());
  const writer = await bed().open(0, { token: (await api.bot()).token });
  await writer.ok('join', { room });
  const readers = await Promise.all([0, 1, 2].map((gateway) => bed().open(gateway)));
  const views = await Promise.all(readers.map((it) => LogView.follow(it, room)));
  return { room, writer, views, readers };
}

/** Says something; how long after its `ok` the last reader saw it. */
async function delay(writer: RawClient, room: string, views: LogView[]): Promise<number> {
  const { seq } = await writer.say(room, 'how long does it take?');
  const saidAt = performance.now();
  await waitFor(() => views.every(({ cursor }) => cursor >= seq), {
    what: 'it is seen',
    everyMs: 2,
  });
  return Math.max(...views.map(({ seenAt }) => seenAt.get(seq) ?? Infinity)) - saidAt;
}

describe('without Redis', () => {
  it('G5: while it hangs, what is said arrives within a second; afterwards at once again', async () => {
    const { room, writer, views, readers } = await scene();
    await delay(writer, room, views);
    const redis = bed().cluster.pid('redis');
    kill(redis, 'SIGSTOP');
    try {
      const began = performance.now();
      const delays: number[] = [];
      while (performance.now() - began < 6_000) delays.push(await delay(writer, room, views));
      const inTime = delays.filter((ms) => ms < WITHIN_MS);
      expect(inTime.length).toBeGreaterThanOrEqual(delays.length * SHARE_IN_TIME);
      // It can be joined, read and spoken in at every gateway.
      for (const gateway of [0, 1, 2]) {
        const client = await bed().open(gateway, { token: (await bed().api.guest()).token });
        const view = await LogView.follow(client, room, 0);
        await client.say(room, 'I come without Redis');
        expect(view.texts().length).toBeGreaterThan(0);
      }
    } finally {
      kill(redis, 'SIGCONT');
    }
    await waitFor(async () => (await delay(writer, room, views)) < 150, {
      what: 'messages arrive at once again',
      timeoutMs: 20_000,
      everyMs: 200,
    });
    for (const [i, view] of views.entries()) {
      await view.fillIn(readers[i]!, room);
      view.assertComplete(1, view.cursor);
      view.assertAgrees(views[0]!);
    }
  });

  it('G5: killed while people talk, it costs nobody a message, and it comes back without a restart', async () => {
    const { room, writer, views, readers } = await scene();
    const second = await bed().open(1, { token: (await bed().api.bot()).token });
    await second.ok('join', { room });
    const before = { redis: bed().cluster.pid('redis'), gateways: bed().cluster.pids.gateways };
    const talking = [writer, second].map((it, i) =>
      talk(it, room, { count: 400, name: String(i) }),
    );
    await waitFor(() => views[0]!.cursor > 50, { what: 'they talk' });
    kill(before.redis);
    const said = (await Promise.all(talking)).flat();
    await waitFor(() => views.every(({ cursor }) => cursor === said.length), {
      what: 'all is seen',
    });
    for (const [i, view] of views.entries()) {
      await view.fillIn(readers[i]!, room);
      view.assertComplete(1, said.length);
      for (const { seq, text } of said) expect(view.entries.get(seq)).toMatchObject({ text });
    }
    await waitFor(async () => (await delay(writer, room, views)) < 150, {
      what: 'messages arrive at once again',
      timeoutMs: 20_000,
      everyMs: 200,
    });
    expect(bed().cluster.pid('redis')).not.toBe(before.redis);
    expect(bed().cluster.pids.gateways).toEqual(before.gateways);
    await waitFor(() => readers[0]!.pulses(room).at(-1)?.viewers === 5, {
      what: 'viewers are counted',
    });
  });
});
