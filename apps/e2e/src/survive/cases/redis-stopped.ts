import { kill } from '../../testing/processes';
import { waitFor } from '../../testing/wait-for';
import { counts, crowdProblems, crowdRow, inMs, inSeconds } from '../figures';
import { countedAfter, pass } from '../gateways';
import { Stage } from '../stage';
import type { Case, Circumstances, Outcome, Rows, Sizes } from './case';

const ROOMS = 20;
const WRITERS = 10;
const PER_SECOND = 50;
const VIEWERS_MAX = 600;
const QUIET_MS = 3_000;
const AFTERWARDS_MS = 10_000;
const SEEN_MAX_MS = 1_000;
const GATEWAYS = [0, 1, 2];

/** What the viewers saw while `work` was done. */
async function during(stage: Stage, work: () => Promise<void>) {
  await stage.crowd.begin();
  await work();
  return stage.crowd.tell();
}

/** Kills Redis, and keeps the stack from starting it again for so long. */
async function withoutRedis({ cluster }: Stage, ms: number, signal: AbortSignal): Promise<void> {
  const redis = cluster.pid('redis');
  await cluster.withoutRestarts(async () => {
    kill(redis);
    await pass(ms, signal);
  });
  await waitFor(() => cluster.pids.redis !== null && cluster.pids.redis !== redis, {
    what: 'redis is started again',
  });
}

async function measure(circumstances: Circumstances): Promise<Outcome> {
  const { sizes, signal, progress, slackMs } = circumstances;
  const viewers = Math.min(sizes.connections, VIEWERS_MAX);
  const setting = {
    ...circumstances,
    // Whoever talks is at one gateway, and whoever listens at the others.
    audience: { viewers, rooms: ROOMS, doors: at(1, 2) },
    talk: { writers: WRITERS, perSecond: PER_SECOND, doors: at(0) },
  };
  return Stage.with(setting, async (stage) => {
    await countedAfter(stage, GATEWAYS, performance.now());
    const before = await during(stage, () => pass(QUIET_MS, signal));
    progress(`redis is away for ${String(sizes.seconds)} s`);
    const outage = await during(stage, () => withoutRedis(stage, sizes.seconds * 1_000, signal));
    progress('redis is back');
    const backAt = performance.now();
    let countedMs = 0;
    const afterwards = await during(stage, async () => {
      const counted = async () => {
        countedMs = await countedAfter(stage, GATEWAYS, backAt);
      };
      await Promise.all([counted(), pass(Math.min(AFTERWARDS_MS, sizes.seconds * 1_000), signal)]);
    });
    const { told, problems } = await stage.end();
    const spans = [
      ['before', before],
      ['while it is away', outage],
      ['in the 10 s after it is back', afterwards],
    ] as const;
    const rows: Rows = [
      ['acknowledged, and seen by every viewer of its room', String(stage.writers.count)],
    ];
    for (const [when, { seen, losses }] of spans) {
      const figures = [seen.p50, seen.p99, seen.max].map(inMs).join(', ');
      rows.push([`seen at another gateway ${when}: p50, p99, worst`, figures]);
      if ((seen.p99 ?? Infinity) >= SEEN_MAX_MS + slackMs)
        problems.push(`seen ${when}: p99 is ${inMs(seen.p99)}`);
      if (Object.keys(losses).length > 0) problems.push(`closed ${when}: ${counts(losses)}`);
    }
    const closed = [...spans.map(([, { losses }]) => losses), told.losses].flatMap(Object.keys);
    rows.push(
      ['connections that were closed', closed.length === 0 ? 'none' : closed.join(', ')],
      ['viewer counts right at all gateways, after it is back', inSeconds(countedMs)],
      ['slowest acknowledgement', inSeconds(stage.writers.slowestMs)],
      crowdRow(outage),
    );
    return { rows, problems: [...problems, ...crowdProblems(outage)] };
  });
}

/** These gateways, past Nginx. */
function at(...gateways: number[]) {
  return ({ gateways: urls }: { gateways: string[] }) =>
    gateways.map((gateway) => urls[gateway] ?? '');
}

export const redisStopped: Case = {
  id: 'redis-stopped',
  title: ({ connections, seconds }: Sizes) =>
    `Redis is killed and started again after ${String(seconds)} s, empty; ` +
    `${String(Math.min(connections, VIEWERS_MAX))} viewers at two gateways, ${String(PER_SECOND)} messages a second from the third`,
  measure,
};
