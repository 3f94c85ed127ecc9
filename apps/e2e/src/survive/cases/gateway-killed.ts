import { kill } from '../../testing/processes';
import { away, counts, crowdRow, inMs, inSeconds, mostInASecond, spread } from '../figures';
import { servesAfter } from '../../testing/gateways';
import { countedAfter, pass } from '../gateways';
import { GATEWAYS, Stage } from '../stage';
import type { Case, Circumstances, Outcome, Rows, Sizes } from './case';

const ROOMS = 50;
const WRITERS = 10;
const PER_SECOND = 50;
const QUIET_MS = 2_000;
const VICTIM = 1;
const SURVIVORS = [0, 2];
const AWAY_MAX_MS = 5_000;
const GHOSTS_MAX_MS = 5_000;

async function measure(circumstances: Circumstances): Promise<Outcome> {
  const { sizes, signal, progress, slackMs } = circumstances;
  const setting = {
    ...circumstances,
    audience: { viewers: sizes.connections, rooms: ROOMS },
    talk: { writers: WRITERS, perSecond: PER_SECOND },
  };
  return Stage.with(setting, async (stage) => {
    await countedAfter(stage, SURVIVORS, performance.now());
    const before = await stage.crowd.look();
    await pass(QUIET_MS, signal);
    progress('a gateway is killed');
    const pid = stage.cluster.pid(VICTIM);
    const killedAt = performance.now();
    kill(pid);
    // Viewers leave its connections before they are counted anew: until then the counts cannot be right.
    await pass(100, signal);
    await stage.isComplete();
    const ghostsMs = await countedAfter(stage, SURVIVORS, killedAt);
    await servesAfter(pid, { cluster: stage.cluster, gateway: VICTIM, signal });
    await pass(QUIET_MS, signal);
    const after = await stage.crowd.look();
    const { told, problems } = await stage.end();
    const worst = away(told.aways, 1);
    if (worst >= AWAY_MAX_MS + slackMs) problems.push(`a viewer was away for ${inSeconds(worst)}`);
    if (ghostsMs >= GHOSTS_MAX_MS + slackMs)
      problems.push(`the counts were right after ${inSeconds(ghostsMs)}`);
    const rows: Rows = [
      ['acknowledged, and seen by every viewer of its room', String(stage.writers.count)],
      ['slowest acknowledgement', inSeconds(stage.writers.slowestMs)],
      ['connections that were lost', counts(told.losses)],
      ['attempts that came to nothing', counts(told.failures)],
      [
        'time away: median, p99, worst',
        [0.5, 0.99, 1].map((share) => inSeconds(away(told.aways, share))).join(', '),
      ],
      ['viewer counts right, no ghosts, after', inSeconds(ghostsMs)],
      [
        'connects in the worst second of each gateway',
        Object.values(told.welcomes).map(mostInASecond).join(' / '),
      ],
      ['connections by gateway before', spread(before.gateways, GATEWAYS)],
      ['connections by gateway after', spread(after.gateways, GATEWAYS)],
      ['from commit to seen: p50, p99', `${inMs(told.seen.p50)}, ${inMs(told.seen.p99)}`],
      crowdRow(told),
    ];
    return { rows, problems };
  });
}

export const gatewayKilled: Case = {
  id: 'gateway-killed',
  title: ({ connections }: Sizes) =>
    `one of ${String(GATEWAYS)} gateways with ${String(connections)} connections is killed (SIGKILL)`,
  measure,
};
