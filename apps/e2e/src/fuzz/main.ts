import { once } from 'node:events';
import { runCommand } from '../command';
import { Cluster } from '../testing/cluster';
import { INSPECTABLE } from '../testing/inspector';
import { Memory } from './memory';
import { commandOf, parseFuzzOptions, type FuzzCommand } from './options';
import { fuzz, type FuzzReport } from './run';
import { table } from './table';

const GATEWAYS = 2;
/** The first is the warm-up. */
const ROUNDS = 11;
/** Of a long list the first ones tell enough. */
const TOLD = 20;

interface Run {
  report: FuzzReport;
  memory: Memory;
}

async function runOn(
  cluster: Cluster,
  { targets, count, seed }: FuzzCommand,
  progress: (text: string) => void,
): Promise<Run> {
  await cluster.isWhole();
  const memory = await Memory.of(cluster);
  try {
    const options = { cluster, targets, count, seed, rounds: ROUNDS, memory, progress };
    return { report: await fuzz({ ...options, mayBeBusy: false }), memory };
  } finally {
    memory.close();
  }
}

function tellProblems({ problems }: FuzzReport, command: FuzzCommand): void {
  for (const { target, what, input, times } of problems.slice(0, TOLD)) {
    console.log(
      `\nWRONG: ${target}, ${String(times)} times: ${what}${input === '' ? '' : `\n    ${input}`}`,
    );
  }
  if (problems.length > TOLD) console.log(`\n… and ${String(problems.length - TOLD)} more`);
  if (problems.length > 0) console.log(`\nThe same inputs again: ${commandOf(command)}`);
}

/**
 * `npm run fuzz`: a cluster, and whatever comes to mind to each of its doors. Prints how it was answered. Exits 1 where something
 * is wrong, with the input and the seed.
 */
await runCommand(async ({ progress, clear, signal }) => {
  const command = parseFuzzOptions(process.argv.slice(2), (text) => {
    console.log(text);
  });
  if (command === null) return 0;
  const { targets, keep } = command;
  const options = {
    gateways: GATEWAYS,
    web: targets.some(({ needsWeb }) => needsWeb),
    // What people may send is to reach the log.
    env: { SEND_RATE: '0', NODE_OPTIONS: INSPECTABLE },
    keep: keep !== null,
  };
  const cluster = await Cluster.start(options, keep ?? undefined);
  try {
    const ended = once(signal, 'abort').then(() => {
      throw signal.reason;
    });
    const { report, memory } = await Promise.race([runOn(cluster, command, progress), ended]);
    clear();
    console.log(table(report, memory, commandOf(command)));
    tellProblems(report, command);
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await cluster.stop();
  }
});
