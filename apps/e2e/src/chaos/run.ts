import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, type KeptEntry } from '../testing/database';
import { Random } from '../testing/random';
import type { Cluster } from '../testing/cluster';
import { WrongOptions } from '../options';
import { check } from './checker/check';
import { checkLogs } from './checker/logs';
import { Crowd } from './clients/crowd';
import type { HistoryEvent } from './history';
import { Nemesis } from './nemesis';
import { commandOf, type ChaosOptions } from './options';
import type { Outcome } from './outcome';
import { Stage } from './stage';

/** Apart from the clients' chances: neither changes the other's. */
const NEMESIS_STREAM = 0x0bad;

/**
 * Starts a cluster with people on it, makes faults, and holds what the people saw against the guarantees and the database. Nothing
 * is left of it afterwards, however it ends.
 *
 * @param progress is told how far it is, in one line.
 * @throws {WrongOptions} where the folder to keep has something in it.
 * @throws {Error} where the cluster does not start, and where `signal` ends the run.
 */
export async function runChaos(
  options: ChaosOptions,
  progress: (text: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const { keep } = options;
  if (keep !== null && existsSync(keep) && readdirSync(keep).length > 0)
    throw new WrongOptions(`--keep: ${keep} has something in it already`);
  progress('the cluster starts');
  const stage = await Stage.start(keep);
  try {
    signal.throwIfAborted();
    await stage.cluster.isWhole();
    return await runOn(stage, { options, progress, signal });
  } finally {
    await stage.stop();
  }
}

interface Course {
  options: ChaosOptions;
  progress: (text: string) => void;
  signal: AbortSignal;
}

async function runOn(stage: Stage, { options, progress, signal }: Course): Promise<Outcome> {
  const { cluster } = stage;
  const { seed, kinds, faults, secondsBetween } = options;
  const began = performance.now();
  const now = () => performance.now() - began;
  const history: HistoryEvent[] = [];
  progress('people come');
  const crowd = await Crowd.start({ cluster, seed, history, now });
  try {
    const nemesis: Nemesis = new Nemesis({
      scene: {
        cluster,
        redis: stage.redis,
        mysql: stage.mysql,
        clocks: stage.clocks,
        clients: crowd,
        signal,
      },
      survivors: crowd,
      kinds,
      faults,
      random: new Random(seed ^ NEMESIS_STREAM),
      secondsBetween,
      now,
      begins: (number, kind, what) => {
        progress(
          `fault ${String(number)} of ${String(faults)} (${kind}: ${what}); ` +
            `${String(crowd.acknowledged)} acknowledged, ${String(nemesis.problems.length)} problems`,
        );
      },
    });
    await nemesis.run();
    progress('everybody catches up');
    const ending = await crowd.end();
    const rows = await readLogs(cluster, crowd.rooms);
    const { results, problems } = nemesis;
    return {
      command: commandOf(options),
      seed,
      ms: now(),
      faults: results,
      acknowledged: crowd.acknowledged,
      problems: [
        ...problems,
        ...checkLogs({ ...readFiles(cluster), faults: results }),
        ...check({ history, ending, rows, faults: results }),
      ],
      history,
    };
  } finally {
    await crowd.close();
  }
}

async function readLogs(
  cluster: Cluster,
  rooms: readonly string[],
): Promise<Map<string, KeptEntry[]>> {
  const rows = new Map<string, KeptEntry[]>();
  for (const room of rooms) rows.set(room, await readLog(cluster.mysql, room));
  return rows;
}

/** What the stack and the gateways have written. */
function readFiles({ dir, gateways }: Cluster): { stackLog: string; gatewayLogs: string[] } {
  const gatewayLogs = gateways.map((_, i) => {
    const log = join(dir, 'logs', `gateway-${String(i + 1)}.log`);
    // A long one is put aside before a restart.
    return [`${log}.1`, log].map((it) => (existsSync(it) ? readFileSync(it, 'utf8') : '')).join('');
  });
  return { stackLog: readFileSync(join(dir, 'stack.log'), 'utf8'), gatewayLogs };
}
