import { setTimeout as delay } from 'node:timers/promises';
import { CLOSE_CODES } from '@hubbub/protocol';
import { useCluster } from '../testing/bed';
import { servesAfter } from '../testing/gateways';
import { kill } from '../testing/processes';
import { RawClient } from '../testing/raw-client';
import { SdkReader } from '../testing/sdk-reader';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(180_000);
const bed = useCluster();

/** The guarantee is 5 s, and a pulse comes once a second; what is beyond that is for a machine that has other work too. */
const NO_GHOSTS_WITHIN_MS = 6_000 + 4_000;

interface Crowd {
  room: string;
  readers: SdkReader[];
  writers: SdkReader[];
}

/** Readers and writers of the SDK, through Nginx and on all gateways. */
async function crowd(): Promise<Crowd> {
  const { api } = bed();
  const room = await api.room(await api.account());
  const readers = await spread(() => new SdkReader(bed().client('nginx'), room));
  const bots = await Promise.all(Array.from({ length: 20 }, () => api.bot()));
  const writers = await spread(() => {
    const { token } = bots.pop() ?? { token: 'there are no more' };
    return new SdkReader(bed().client('nginx', { token }), room);
  });
  return { room, readers, writers };
}

/** Six, and more until every gateway has one: one that has not been connected to for long may have more from before. */
async function spread(open: () => SdkReader): Promise<SdkReader[]> {
  const readers: SdkReader[] = [];
  await waitFor(
    async () => {
      const reader = open();
      readers.push(reader);
      await waitFor(() => reader.isJoined, { what: 'it has joined' });
      return readers.length >= 6 && new Set(readers.map(({ gateway }) => gateway)).size === 3;
    },
    { what: 'Nginx gives every gateway some', timeoutMs: 30_000, everyMs: 250 },
  );
  return readers;
}

/** Each writer says `count` things, one after the other; something happens in between. All the sequences. */
async function talkThrough(
  writers: SdkReader[],
  count: number,
  happens: () => void,
): Promise<number[]> {
  const said = writers.map(async (writer, w) => {
    const seqs: number[] = [];
    for (let i = 0; i < count; i++) {
      if (w === 0 && i === Math.floor(count / 4)) happens();
      seqs.push((await writer.room.send({ text: `${String(w)}.${String(i)}` }).done).seq);
      // Who comes back after a few seconds is to be less than 500 entries behind, which it then gets without a gap (P12).
      await delay(60);
    }
    return seqs;
  });
  return (await Promise.all(said)).flat();
}

/** Everybody has everything once, in one order, and it is what was acknowledged. */
async function expectAllOf(seqs: number[], { readers, writers }: Crowd): Promise<void> {
  const all = [...readers, ...writers];
  const head = seqs.length;
  await waitFor(() => all.every(({ last }) => last === head), {
    what: 'all have seen all',
    timeoutMs: 30_000,
  });
  expect([...seqs].sort((a, b) => a - b)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
  for (const reader of all) {
    expect(reader.problems()).toEqual([]);
    expect(reader.gaps).toEqual([]);
    expect(reader.entries).toEqual(readers[0]!.entries);
  }
}

describe('a gateway that dies', () => {
  it('G7, G3: its clients go on elsewhere, and nothing is lost, doubled or out of order', async () => {
    const people = await crowd();
    const victim = bed().cluster.pid(1);
    const seqs = await talkThrough(people.writers, 100, () => {
      kill(victim);
    });
    await expectAllOf(seqs, people);
    const moved = [...people.readers, ...people.writers].filter(
      ({ gateways }) => gateways.length > 1,
    );
    expect(moved.length).toBeGreaterThan(0);
    for (const { gateways } of moved) expect(gateways[0]).toBe('gateway-2');
  });

  it('G7: its viewers are counted no more within 5 s, also where it hangs and is not started anew', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const staying = await Promise.all([0, 0, 1].map((gateway) => bed().open(gateway)));
    const going = await Promise.all([2, 2, 2].map((gateway) => bed().open(gateway)));
    for (const client of [...staying, ...going]) await client.ok('join', { room });
    const count = () => staying.map((it) => it.pulses(room).at(-1)?.viewers);
    await waitFor(() => count().every((it) => it === 6), { what: 'all are counted' });
    const victim = bed().cluster.pid(2);
    kill(victim, 'SIGSTOP');
    try {
      const began = performance.now();
      await waitFor(() => count().every((it) => it === 3), {
        what: 'nobody is a ghost',
        timeoutMs: 20_000,
      });
      expect(performance.now() - began).toBeLessThan(NO_GHOSTS_WITHIN_MS);
    } finally {
      kill(victim);
    }
    await bed().cluster.isWhole();
    const again = await bed().open(2);
    await again.ok('join', { room });
    await waitFor(() => count().every((it) => it === 4), { what: 'it counts again' });
  });
});

describe('gateways that all have died', () => {
  it('G7: take connections through Nginx again as soon as they are back, as many as come', async () => {
    const { cluster } = bed();
    const before = [0, 1, 2].map((gateway) => cluster.pid(gateway));
    await cluster.withoutRestarts(async () => {
      for (const pid of before) kill(pid);
      // Nginx has seen each of them refuse.
      await expect(RawClient.open(cluster.url)).rejects.toThrow('no welcome');
    });
    await Promise.all(before.map((pid, gateway) => servesAfter(pid, { cluster, gateway })));
    const coming = Array.from({ length: 60 }, () => bed().open('nginx'));
    // All of them, also where one is refused: what is opened is to be closed.
    const clients = await Promise.allSettled(coming);
    const welcomes = clients.map((it) =>
      it.status === 'fulfilled' ? it.value.welcome.gateway : String(it.reason),
    );
    expect(welcomes.filter((it) => !it.startsWith('gateway-'))).toEqual([]);
    for (const gateway of ['gateway-1', 'gateway-2', 'gateway-3'])
      expect(welcomes.filter((it) => it === gateway).length).toBeGreaterThan(10);
  });
});

describe('a gateway that is asked to end', () => {
  it('G8: tells its sockets, closes them 1012, and loses nothing that was said', async () => {
    const people = await crowd();
    const watchers = await Promise.all([0, 0, 1].map((gateway) => bed().open(gateway)));
    for (const watcher of watchers) await watcher.ok('join', { room: people.room });
    const victim = bed().cluster.pid(0);
    const seqs = await talkThrough(people.writers, 100, () => {
      kill(victim, 'SIGTERM');
    });
    for (const watcher of watchers.slice(0, 2)) {
      expect((await watcher.closed()).code).toBe(CLOSE_CODES.goingAway.code);
      expect(watcher.notices()).toHaveLength(1);
    }
    expect(watchers[2]!.close).toBeNull();
    expect(watchers[2]!.notices()).toEqual([]);
    await expectAllOf(seqs, people);
    await waitFor(() => bed().cluster.pids.gateways[0] !== victim, {
      what: 'it has ended',
      timeoutMs: 20_000,
    });
  });

  it('G8: what it has taken is answered, and nobody new is let in', async () => {
    const { api, cluster } = bed();
    const room = await api.room(await api.account());
    const { token } = await api.bot();
    const clients = await Promise.all(Array.from({ length: 5 }, () => bed().open(2, { token })));
    for (const client of clients) await client.ok('join', { room });
    const victim = cluster.pid(2);
    const url = cluster.gateway(2);
    const sends = clients.flatMap((client) =>
      Array.from({ length: 40 }, (_, i) =>
        client.ask({ event: 'send', data: { room, key: `drained-${String(i)}`, text: 'x' } }).then(
          () => true,
          () => false,
        ),
      ),
    );
    kill(victim, 'SIGTERM');
    await waitFor(() => clients.every((it) => it.notices().length > 0), { what: 'all are told' });
    const late = await RawClient.refusal(url).catch(() => ({ status: 503 }));
    expect(late.status).toBe(503);
    for (const client of clients) {
      expect((await client.closed()).code).toBe(CLOSE_CODES.goingAway.code);
    }
    expect(await Promise.all(sends)).not.toContain(false);
    await waitFor(() => cluster.pids.gateways[2] !== victim, {
      what: 'it has ended',
      timeoutMs: 20_000,
    });
  });
});
