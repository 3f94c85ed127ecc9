import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { quantile } from '../script';
import { useCluster } from '../testing/bed';
import { readLog } from '../testing/database';
import { kill } from '../testing/processes';
import { newKey, type RawClient } from '../testing/raw-client';
import { metricsOf } from '../testing/metrics';

jest.setTimeout(120_000);
const bed = useCluster();

/** Each entry takes this much longer in the database, so that it is behind whatever this machine can do, however busy it is. */
const ENTRY_SECONDS = 0.000_3;
const WRITERS = 960;
const BOTS = 60;
/** What each may have under way at least, and on each gateway all together several times what one commit takes. */
const AT_ONCE = 4;
/** Of one connection; most of it waits behind what that has under way. */
const MANY_AT_ONCE = 250;
/** The first ones come to an idle log, which lets a burst in whole; the others come behind them. */
const MORE = 1;

interface Acknowledged {
  key: string;
  seq: number;
  tookMs: number;
}

/**
 * Sends `atOnce` messages, behind each `more` others, and each again with its key when it is told to. `refusals` gets the times that
 * were named.
 */
async function insist(
  client: RawClient,
  {
    room,
    refusals,
    atOnce,
    more = 0,
  }: { room: string; refusals: number[]; atOnce: number; more?: number },
): Promise<Acknowledged[]> {
  const say = async (): Promise<Acknowledged> => {
    const data = { room, key: newKey(), text: 'hello' };
    for (;;) {
      const sentAt = performance.now();
      const reply = await client.ask({ event: 'send', data });
      if (reply.event === 'ok') {
        const { seq } = reply.data as { seq: number };
        return { key: data.key, seq, tookMs: performance.now() - sentAt };
      }
      expect(reply.data.code).toBe('unavailable');
      refusals.push(reply.data.retryAfterMs ?? NaN);
      await delay(reply.data.retryAfterMs ?? 0);
    }
  };
  const sayAll = async (): Promise<Acknowledged[]> => {
    const said = [await say()];
    while (said.length <= more) said.push(await say());
    return said;
  };
  return (await Promise.all(Array.from({ length: atOnce }, sayAll))).flat();
}

async function metric(gateway: string, name: string): Promise<number> {
  const read = await metricsOf(gateway);
  return read(`hubbub_${name}`);
}

it('G1, G4: what three gateways are sent beyond what the database takes is refused early, and is in the log once in the end', async () => {
  const { api, cluster } = bed();
  const room = await api.room(await api.account());
  // Each is given all that its own user says, however busy the room is.
  const bots = await Promise.all(Array.from({ length: BOTS }, () => api.bot()));
  const writers = await Promise.all(
    Array.from({ length: WRITERS }, async (_, i) => {
      const client = await bed().open(i % 3, { token: bots[i % BOTS]!.token, unread: ['log'] });
      await client.ok('join', { room });
      return client;
    }),
  );
  const database = await createConnection({ uri: cluster.mysql });
  const refusals: number[] = [];
  let acknowledged: Acknowledged[];
  const refusedBefore = await Promise.all(
    cluster.gateways.map((it) => metric(it, 'appends_refused_total')),
  );
  try {
    await database.query(
      `CREATE TRIGGER slow BEFORE INSERT ON room_entries FOR EACH ROW DO SLEEP(${String(ENTRY_SECONDS)})`,
    );
    const all = writers.map((client) =>
      insist(client, { room, refusals, atOnce: AT_ONCE, more: MORE }),
    );
    acknowledged = (await Promise.all(all)).flat();
    for (const gateway of cluster.gateways) {
      expect(await metric(gateway, 'commit_wait_seconds')).toBeGreaterThanOrEqual(0);
    }
  } finally {
    await database.query('DROP TRIGGER IF EXISTS slow');
    await database.end();
  }

  expect(refusals.length).toBeGreaterThan(0);
  expect(Math.min(...refusals)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...refusals)).toBeLessThanOrEqual(5_000);
  const refused = await Promise.all(
    cluster.gateways.map((it) => metric(it, 'appends_refused_total')),
  );
  const counted = refused.reduce((sum, count, i) => sum + count - (refusedBefore[i] ?? 0), 0);
  // The others had waited too long for their commit.
  expect(counted).toBeGreaterThan(0);
  expect(counted).toBeLessThanOrEqual(refusals.length);
  // There is an answer within 20 s, or the test has failed by now; mostly it comes much sooner.
  const waits = acknowledged.map(({ tookMs }) => tookMs);
  expect(quantile(waits, 0.5)).toBeLessThan(10_000);

  const log = await readLog(cluster.mysql, room);
  const count = WRITERS * AT_ONCE * (1 + MORE);
  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  expect(new Set(log.map(({ key }) => key)).size).toBe(count);
  for (const { key, seq } of acknowledged) expect(log[seq - 1]?.key).toBe(key);
});

it('P7, P9: a gateway that is behind answers all that it was sent in the meantime, each send once, and says when to send again', async () => {
  const { api, cluster } = bed();
  const room = await api.room(await api.account());
  const writers = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const client = await bed().open(0, { token: (await api.bot()).token });
      await client.ok('join', { room });
      return client;
    }),
  );
  const gateway = cluster.pid(0);
  const refusals: number[] = [];
  kill(gateway, 'SIGSTOP');
  const all = writers.map((client) => insist(client, { room, refusals, atOnce: MANY_AT_ONCE }));
  await delay(100);
  kill(gateway, 'SIGCONT');
  const acknowledged = (await Promise.all(all)).flat();
  for (const retryAfterMs of refusals) {
    expect(retryAfterMs).toBeGreaterThanOrEqual(100);
    expect(retryAfterMs).toBeLessThanOrEqual(5_000);
  }
  const log = await readLog(cluster.mysql, room);
  const count = writers.length * MANY_AT_ONCE;
  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  for (const { key, seq } of acknowledged) expect(log[seq - 1]?.key).toBe(key);
});
