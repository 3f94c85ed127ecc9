import { INSPECTABLE } from '../bench/systems/inspector';
import { createProgress } from '../script';
import { WrongOptions } from '../selection';
import { Cluster } from '../testing/cluster';
import { Memory } from './memory';
import { commandOf, parseFuzzOptions, type FuzzCommand } from './options';
import { fuzz } from './run';
import { table } from './table';

/**
 * `npm run fuzz`: a cluster, and whatever comes to mind to each of its doors. Prints how it was answered. Exits 1 where something
 * is wrong, with the input and the seed, 2 where it was asked for what there is not.
 */
const { progress, clear } = createProgress();
const GATEWAYS = 2;
/** The first is the warm-up. */
const ROUNDS = 11;
/** Of a long list the first ones tell enough. */
const TOLD = 20;

let cluster: Cluster | null = null;

async function run(command: FuzzCommand): Promise<number> {
  const { targets, count, seed, keep } = command;
  const options = {
    gateways: GATEWAYS,
    web: targets.some(({ needsWeb }) => needsWeb),
    // What people may send is to reach the log.
    env: { SEND_RATE: '0', NODE_OPTIONS: INSPECTABLE },
    keep: keep !== null,
  };
  cluster = await Cluster.start(options, keep ?? undefined);
  await cluster.isWhole();
  const memory = await Memory.of(cluster);
  const report = await fuzz({ cluster, targets, count, seed, rounds: ROUNDS, memory, progress });
  memory.close();
  clear();
  console.log(table(report, memory, commandOf(command)));
  const { problems } = report;
  for (const { target, what, input, times } of problems.slice(0, TOLD)) {
    console.log(
      `\nWRONG: ${target}, ${String(times)} times: ${what}${input === '' ? '' : `\n    ${input}`}`,
    );
  }
  if (problems.length > TOLD) console.log(`\n… and ${String(problems.length - TOLD)} more`);
  if (problems.length > 0) console.log(`\nThe same inputs again: ${commandOf(command)}`);
  return problems.length === 0 ? 0 : 1;
}

async function end(code: number): Promise<never> {
  await cluster?.stop();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end(130));
}
try {
  const command = parseFuzzOptions(process.argv.slice(2), (text) => {
    console.log(text);
  });
  await end(command === null ? 0 : await run(command));
} catch (error) {
  clear();
  console.error(error instanceof WrongOptions ? error.message : error);
  await end(error instanceof WrongOptions ? 2 : 1);
}
