import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import { kill } from '../testing/processes';
import { newKey } from '../testing/raw-client';
import { SdkReader } from '../testing/sdk-reader';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();

describe('without the database', () => {
  it('G11: sends are told when to come again, while rooms stay open and pulses flow', async () => {
    const { api, cluster } = bed();
    const room = await api.room(await api.account());
    const { token } = await api.bot();
    const [writer, reader] = await Promise.all([bed().open(0, { token }), bed().open(0)]);
    const fan = await bed().open(1, { token: (await api.guest()).token });
    const view = await LogView.follow(reader, room);
    for (const client of [writer, fan]) await client.ok('join', { room });
    const first = await writer.say(room, 'before');
    await waitFor(() => view.cursor === first.seq, { what: 'it is seen' });
    const database = cluster.pid('mysql');
    const send = { room, key: newKey(), text: 'meanwhile' };
    kill(database, 'SIGSTOP');
    try {
      const refused = await writer.ask({ event: 'send', data: send });
      expect(refused).toMatchObject({ event: 'error', data: { code: 'unavailable' } });
      expect(refused.data).toHaveProperty('retryAfterMs', expect.any(Number));
      await fan.ok('like', { room, count: 3 });
      await waitFor(() => reader.pulses(room).some(({ likes }) => likes === 3), {
        what: 'a pulse',
      });
      expect([writer, reader, fan].map(({ close }) => close)).toEqual([null, null, null]);
      await expect(reader.ok('ping', {})).resolves.toHaveProperty('now');
      expect((await fetch(`${cluster.gateway(0)}/healthz`)).status).toBe(200);
      expect((await fetch(`${cluster.gateway(0)}/readyz`)).status).toBe(503);
    } finally {
      kill(database, 'SIGCONT');
    }
    // The first attempt may have been committed all the same: then this one is its duplicate.
    const { seq } = await waitFor(() => writer.ok('send', send), {
      what: 'it can be sent',
      timeoutMs: 30_000,
      everyMs: 200,
    });
    expect(await writer.ok('send', send)).toMatchObject({ seq, duplicate: true });
    await waitFor(() => view.cursor >= seq, { what: 'it is seen' });
    expect(view.texts()).toEqual(['before', 'meanwhile']);
    view.assertComplete(1, seq);
  });

  it('G1, G11: killed while people talk, it loses nothing acknowledged, and outboxes go on by themselves', async () => {
    const { api, cluster } = bed();
    const room = await api.room(await api.account());
    const bots = await Promise.all([0, 1, 2].map(() => api.bot()));
    const writers = bots.map(({ token }, i) => new SdkReader(bed().client(i, { token }), room));
    const readers = [0, 1, 2].map((gateway) => new SdkReader(bed().client(gateway), room));
    const all = [...writers, ...readers];
    await waitFor(() => all.every((it) => it.isJoined), { what: 'all have joined' });
    const putBack = new Set<string>();
    for (const { room: joined } of writers) {
      joined.on('outbox', (_, { error }) => error && putBack.add(error.code));
    }
    const { pids } = cluster;
    const said = writers.map(async (writer, w) => {
      const seqs: number[] = [];
      for (let i = 0; i < 150; i++) {
        if (w === 0 && i === 40) kill(pids.mysql ?? 0, 'SIGSTOP');
        seqs.push((await writer.room.send({ text: `${String(w)}.${String(i)}` }).done).seq);
      }
      return seqs;
    });
    await waitFor(() => putBack.size > 0, { what: 'outboxes wait' });
    kill(cluster.pid('mysql'));
    const seqs = (await Promise.all(said)).flat();
    await waitFor(() => all.every(({ last }) => last === 450), {
      what: 'all have seen all',
      timeoutMs: 30_000,
    }).catch((error: unknown) => {
      const cursors = all.map(({ last, gateways, gaps, room: { state } }) => ({
        ...{ last, gateways, gaps, state },
      }));
      throw new Error(JSON.stringify(cursors), { cause: error });
    });
    expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: 450 }, (_, i) => i + 1));
    for (const reader of all) {
      expect(reader.problems()).toEqual([]);
      expect(reader.entries).toEqual(readers[0]!.entries);
    }
    expect([...putBack]).toEqual(['unavailable']);
    expect(cluster.pids.gateways).toEqual(pids.gateways);
    expect(cluster.pid('mysql')).not.toBe(pids.mysql);
  });
});
