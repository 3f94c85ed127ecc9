import { runCommand } from '../command';
import { parseChaosOptions } from './options';
import { writeReport } from './report/write';
import { runChaos } from './run';
import { table } from './table';

/** Of a long list the first ones tell enough; the others are in the file of `--json`. */
const TOLD = 40;

/**
 * `npm run chaos`: a cluster, people on it, and everything that goes wrong in the life of one. Prints how long they took to recover
 * from each kind of fault. Exits 1 where a guarantee did not hold.
 */
await runCommand(async ({ progress, clear, signal }) => {
  const options = parseChaosOptions(process.argv.slice(2), (text) => {
    console.log(text);
  });
  if (options === null) return 0;
  const outcome = await runChaos(options, progress, signal);
  clear();
  writeReport(outcome, options);
  const { problems, command } = outcome;
  console.log(table(outcome));
  for (const problem of problems.slice(0, TOLD)) console.log(`\nWRONG: ${problem}`);
  if (problems.length > TOLD) console.log(`\n… and ${String(problems.length - TOLD)} more`);
  if (problems.length > 0) console.log(`\nThe same faults again: ${command}`);
  return problems.length === 0 ? 0 : 1;
});
