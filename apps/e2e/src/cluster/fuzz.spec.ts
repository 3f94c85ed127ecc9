import { useCluster } from '../testing/bed';
import { fuzz } from '../testing/fuzz';
import { LogView } from '../testing/log-view';
import { waitFor } from '../testing/wait-for';

const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 5_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1e6);

jest.setTimeout(60_000 + FRAMES * 10);
const bed = useCluster();

it(`G10: ${String(FRAMES)} random frames (FUZZ_SEED=${String(SEED)}) are each answered, and the gateway goes on`, async () => {
  const { api, cluster } = bed();
  const owner = await api.account();
  const rooms = [await api.room(owner), await api.room(owner, { visibility: 'private' })];
  const tokens = [owner.token, (await api.bot()).token, (await api.guest()).token, null];
  const pid = cluster.pid(0);
  const report = await fuzz({ url: cluster.gateway(0), frames: FRAMES, seed: SEED, tokens, rooms });
  expect(report.problems).toEqual([]);
  expect(report.sent).toBeGreaterThanOrEqual(FRAMES);
  expect(report.answers['ok']).toBeGreaterThan(FRAMES / 20);
  expect(cluster.pid(0)).toBe(pid);
  // What it took is sound for everybody.
  const [room = ''] = rooms;
  const reader = await bed().open(1);
  const view = await LogView.follow(reader, room, 0);
  const writer = await bed().open(0, { token: owner.token });
  await writer.ok('join', { room });
  const { seq } = await waitFor(() => writer.say(room, 'still here'), {
    what: 'a send is ok',
    everyMs: 100,
  });
  await waitFor(() => view.cursor >= seq, { what: 'it is seen' });
  await view.fillIn(reader, room);
  view.assertComplete(1, seq);
});
