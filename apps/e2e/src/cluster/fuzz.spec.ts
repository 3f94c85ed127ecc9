import { fuzz } from '../fuzz/run';
import { TARGETS } from '../fuzz/targets';
import { useCluster } from '../testing/bed';

const COUNT = Number(process.env['FUZZ_COUNT'] ?? 6_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

jest.setTimeout(90_000 + COUNT * 10);
const bed = useCluster();

it(`G10: ${String(COUNT)} random frames and requests (FUZZ_SEED=${String(SEED)}) are each answered, and the cluster goes on`, async () => {
  const targets = TARGETS.filter(({ needsWeb }) => !needsWeb);
  const { tallies, problems } = await fuzz({
    cluster: bed().cluster,
    targets,
    count: COUNT,
    seed: SEED,
    rounds: 1,
    mayBeBusy: true,
    memory: null,
    progress: () => undefined,
  });
  expect(problems).toEqual([]);
  expect(tallies.filter(({ sent }) => sent === 0)).toEqual([]);
  const outcomes = (id: string) => tallies.find(({ target }) => target === id)?.outcomes;
  // It was let in: to the rooms, the channels, the interface.
  expect(outcomes('room-sockets')?.get('ok')).toBeGreaterThan(COUNT / 20);
  expect(outcomes('pusher-sockets')?.get('pusher_internal:subscription_succeeded')).toBeGreaterThan(
    10,
  );
  expect(outcomes('rest')?.get('200')).toBeGreaterThan(10);
  expect(outcomes('pusher-api')?.get('200')).toBeGreaterThan(10);
});
