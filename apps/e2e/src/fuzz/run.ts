import type { Cluster } from '../testing/cluster';
import { LogWatch } from './log-watch';
import type { Memory } from './memory';
import { setStage } from './stage';
import { stillWorks } from './still-works';
import { Tally, type Problem } from './tally';
import type { Target } from './target';

export interface FuzzOptions {
  cluster: Cluster;
  targets: readonly Target[];
  /** Inputs of the whole run; each target has its share. */
  count: number;
  /** The same seed makes the same inputs. */
  seed: number;
  /** They are sent in so many rounds, with a look at the memory after each. The first one is the warm-up. */
  rounds: number;
  /** Whether the machine may stand still for a moment, and the cluster refuse what waited for that long. */
  mayBeBusy: boolean;
  /** Null where nobody looks. */
  memory: Memory | null;
  progress: (text: string) => void;
}

export interface FuzzReport {
  ms: number;
  tallies: Tally[];
  problems: Problem[];
}

const TOLD_EVERY_MS = 2_000;

/** Sends whatever comes to mind to every door of a cluster, and looks whether it is as well afterwards as it was before (G10). */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { cluster, targets, count, seed, rounds, mayBeBusy, memory } = options;
  const began = performance.now();
  const hasWeb = targets.some(({ needsWeb }) => needsWeb);
  const stage = await setStage(cluster, hasWeb);
  const log = new LogWatch(cluster);
  const pids = cluster.pids.gateways;
  const tallies = targets.map(({ id }) => new Tally(id, mayBeBusy));
  const whole = targets.reduce((sum, { share }) => sum + share, 0);
  const onSent = tellProgress(tallies, options);
  const isHopeless = () => tallies.some((it) => it.isHopeless);
  for (let round = 0; round < rounds && !isHopeless(); round++) {
    for (const [i, target] of targets.entries()) {
      const tally = tallies[i];
      if (!tally) continue;
      const share = Math.ceil((count * target.share) / whole / rounds);
      const ofRound = (seed * rounds + round) * targets.length + i;
      const startedAt = performance.now();
      await target
        .run({ stage, count: share, seed: ofRound, tally, onSent })
        .catch((error: unknown) => {
          tally.wrong(`could not go on: ${String(error)}`, '');
        });
      tally.ms += performance.now() - startedAt;
    }
    if (isRunning(pids, cluster)) await memory?.look();
  }
  const after: Problem[] = [
    ...(isRunning(pids, cluster) ? [] : ['a gateway has died']),
    ...(memory?.growth() ?? []),
    ...log.alarms(),
    ...(await failureOf(
      stillWorks(cluster, { room: stage.rooms[0] ?? '', token: stage.owner.token }),
    )),
  ].map((what) => ({ target: 'cluster', what, input: '', times: 1 }));
  const problems = [...tallies.flatMap((it) => it.problems), ...after];
  return { ms: performance.now() - began, tallies, problems };
}

/** Whether the gateways are those that they were. */
function isRunning(pids: readonly (number | null)[], cluster: Cluster): boolean {
  return pids.every((pid, i) => cluster.pids.gateways[i] === pid);
}

async function failureOf(work: Promise<void>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [`a normal client does not get through: ${String(error)}`];
  }
}

function tellProgress(tallies: readonly Tally[], { count, progress }: FuzzOptions): () => void {
  let toldAt = 0;
  return () => {
    if (performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    const sent = tallies.reduce((sum, it) => sum + it.sent, 0);
    const wrong = tallies.reduce((sum, it) => sum + it.wrongs, 0);
    progress(`${String(sent)} of ${String(count)} inputs, ${String(wrong)} problems`);
  };
}
