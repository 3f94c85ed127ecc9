import { away, counts, crowdRow, inMs, inSeconds, mostInASecond, spread } from '../figures';
import { drain, servesAfter } from '../../testing/gateways';
import { pass } from '../gateways';
import { GATEWAYS, Stage } from '../stage';
import type { Case, Circumstances, Outcome, Rows, Sizes } from './case';

const ROOMS = 50;
const WRITERS = 10;
const PER_SECOND = 50;
/** Before the first, and after the last. */
const QUIET_MS = 2_000;
const AWAY_MAX_MS = 5_000;

/**
 * A drain closes its connections over 2 s in 20 slices, and lets those of a slice come back after as long again and up to half a
 * second by chance: they are spread over 4 s. A survivor that gets all of them (one that has come back empty does) gets a quarter of
 * them a second, and half of them at no time.
 */
const CONNECTS_SHARE = 0.5;

interface Step {
  drainMs: number;
  connections: number;
}

async function roll(stage: Stage, { progress, signal }: Circumstances): Promise<Step[]> {
  const steps: Step[] = [];
  for (let gateway = 0; gateway < GATEWAYS; gateway++) {
    signal.throwIfAborted();
    const name = `gateway-${String(gateway + 1)}`;
    progress(`${name} is drained`);
    const { gateways } = await stage.crowd.look();
    const { pid, ms } = await drain(stage.cluster, gateway);
    steps.push({ drainMs: ms, connections: gateways[name] ?? 0 });
    await servesAfter(pid, { cluster: stage.cluster, gateway, signal });
  }
  return steps;
}

async function measure(circumstances: Circumstances): Promise<Outcome> {
  const { sizes, signal, slackMs } = circumstances;
  const setting = {
    ...circumstances,
    audience: { viewers: sizes.connections, rooms: ROOMS },
    talk: { writers: WRITERS, perSecond: PER_SECOND },
  };
  return Stage.with(setting, async (stage) => {
    const before = await stage.crowd.look();
    await pass(QUIET_MS, signal);
    const steps = await roll(stage, circumstances);
    await stage.isComplete();
    await pass(QUIET_MS, signal);
    const after = await stage.crowd.look();
    const { told, problems } = await stage.end();
    const inOrder = [...stage.said().matchAll(/gateway-\d+ ended with exit code 0;/g)].length;
    const connects = Object.values(told.welcomes).map(mostInASecond);
    const most = Math.max(...steps.map(({ connections }) => connections));
    const worst = away(told.aways, 1);
    if (inOrder !== GATEWAYS)
      problems.push(`${String(inOrder)} of ${String(GATEWAYS)} gateways ended with code 0`);
    if (worst >= AWAY_MAX_MS + slackMs) problems.push(`a viewer was away for ${inSeconds(worst)}`);
    if (Math.max(...connects) > most * CONNECTS_SHARE)
      problems.push(`a gateway got ${String(Math.max(...connects))} connections in a second`);
    const rows: Rows = [
      ['acknowledged, and seen by every viewer of its room', String(stage.writers.count)],
      ['slowest acknowledgement', inSeconds(stage.writers.slowestMs)],
      ['connections that were closed', counts(told.losses)],
      ['attempts that came to nothing', counts(told.failures)],
      [
        'time away: median, p99, worst',
        [0.5, 0.99, 1].map((share) => inSeconds(away(told.aways, share))).join(', '),
      ],
      ['connects in the worst second of each gateway', connects.join(' / ')],
      ['drains took', steps.map(({ drainMs }) => inSeconds(drainMs)).join(', ')],
      ['each had so many connections', steps.map((it) => String(it.connections)).join(' / ')],
      ['connections by gateway before', spread(before.gateways, GATEWAYS)],
      ['connections by gateway after', spread(after.gateways, GATEWAYS)],
      ['from commit to seen: p50, p99', `${inMs(told.seen.p50)}, ${inMs(told.seen.p99)}`],
      crowdRow(told),
    ];
    return { rows, problems };
  });
}

export const rollingRestart: Case = {
  id: 'rolling-restart',
  title: ({ connections }: Sizes) =>
    `each of ${String(GATEWAYS)} gateways is asked to end (SIGTERM) and started again, one after another, ` +
    `with ${String(connections)} connections and ${String(PER_SECOND)} messages a second`,
  measure,
};
