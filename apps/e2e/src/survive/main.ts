import { createProgress } from '../script';
import { WrongOptions } from '../selection';
import { commandOf, parseSurviveOptions, type SurviveOptions } from './options';

/**
 * `npm run survive`: what it costs those who are connected when something dies, in figures. Prints a table for each case. Exits 1
 * where a bound did not hold, 2 where it was asked for what there is not.
 */
const { progress, clear } = createProgress();
const ending = new AbortController();

async function run({ cases, sizes }: SurviveOptions): Promise<number> {
  let failed = 0;
  for (const asked of cases) {
    const { rows, problems } = await asked.measure({
      sizes,
      progress: (text) => {
        progress(`${asked.id}: ${text}`);
      },
      signal: ending.signal,
    });
    clear();
    console.log(`\n${commandOf(asked, sizes)}\n  ${asked.title(sizes)}\n`);
    for (const [what, value] of rows) console.log(`  ${what.padEnd(56)} ${value.padStart(24)}`);
    for (const problem of problems.slice(0, 20)) console.log(`  WRONG: ${problem}`);
    if (problems.length > 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    ending.abort(new Error('stopped'));
  });
}
try {
  const options = parseSurviveOptions(process.argv.slice(2), (text) => {
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
