import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import { residentBytes } from '../testing/processes';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();

const MIB = 1024 * 1024;
const SLOW = 20;
/** Entries of some 900 bytes: more than the system's own buffers of a socket hold. */
const MESSAGES = 16_000;

it('G6: who does not read costs the others nothing and the gateway little, and is told what it was not sent', async () => {
  const { api, cluster } = bed();
  const room = await api.room(await api.account());
  const writer = await bed().open(1, { token: (await api.bot()).token });
  await writer.ok('join', { room });
  const reader = await bed().open(0);
  const view = await LogView.follow(reader, room, 0);
  const slow = await Promise.all(
    Array.from({ length: SLOW }, async () => {
      const client = await bed().open(0);
      return { client, view: await LogView.follow(client, room, 0) };
    }),
  );
  const text = '🚀'.repeat(200);
  const before = residentBytes(cluster.pid(0));
  for (const { client } of slow) client.ws.pause();
  let most = 0;
  const tookMs: number[] = [];
  for (let i = 0; i < MESSAGES / 200; i++) {
    const sent = await Promise.all(Array.from({ length: 200 }, () => writer.say(room, text)));
    const saidAt = performance.now();
    const last = Math.max(...sent.map(({ seq }) => seq));
    await waitFor(() => view.cursor >= last, { what: 'the reader has them', everyMs: 1 });
    tookMs.push(performance.now() - saidAt);
    most = Math.max(most, residentBytes(cluster.pid(0)));
  }
  // A machine that stands still for a moment holds up one of them: who does not read would hold up all.
  const held = tookMs.filter((ms) => ms > 1_000);
  expect(held.length).toBeLessThan(tookMs.length / 10);
  view.assertSound();
  // Unbounded it would be the whole traffic for each: 20 times 14 MiB.
  expect((most - before) / MIB).toBeLessThan(SLOW + 120);
  for (const { client } of slow) client.ws.resume();
  await waitFor(() => slow.every((it) => it.view.cursor >= MESSAGES), {
    what: 'all are up to date',
    timeoutMs: 30_000,
  });
  for (const { view: own, client } of slow) {
    own.assertSound();
    expect(own.omitted).toBeGreaterThan(0);
    expect(own.entries.size + own.omitted).toBe(MESSAGES);
    expect(client.close).toBeNull();
  }
});
