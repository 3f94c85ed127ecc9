import { WrongOptions } from '../selection';
import { createProgress } from '../script';
import { parseChaosOptions, type ChaosOptions } from './options';
import { writeReport } from './report/write';
import { runChaos } from './run';
import { table } from './table';

/**
 * `npm run chaos`: a cluster, people on it, and everything that goes wrong in the life of one. Prints how long they took to recover
 * from each kind of fault. Exits 1 where a guarantee did not hold, 2 where it was asked for what there is not.
 */
const { progress, clear } = createProgress();
const ending = new AbortController();
/** Of a long list the first ones tell enough; the others are in the file of `--json`. */
const TOLD = 40;

async function run(options: ChaosOptions): Promise<number> {
  const outcome = await runChaos(options, progress, ending.signal);
  clear();
  writeReport(outcome, options);
  const { problems, command } = outcome;
  console.log(table(outcome));
  for (const problem of problems.slice(0, TOLD)) console.log(`\nWRONG: ${problem}`);
  if (problems.length > TOLD) console.log(`\n… and ${String(problems.length - TOLD)} more`);
  if (problems.length > 0) console.log(`\nThe same faults again: ${command}`);
  return problems.length === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    ending.abort(new Error('stopped'));
  });
}
try {
  const options = parseChaosOptions(process.argv.slice(2), (text) => {
    console.log(text);
  });
  process.exit(options === null ? 0 : await run(options));
} catch (error) {
  clear();
  if (error instanceof WrongOptions) {
    console.error(error.message);
    process.exit(2);
  }
  if (!ending.signal.aborted) console.error(error);
  process.exit(ending.signal.aborted ? 130 : 1);
}
