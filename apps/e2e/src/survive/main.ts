import { runCommand } from '../command';
import { commandOf, parseSurviveOptions } from './options';

/**
 * `npm run survive`: what it costs those who are connected when something dies, in figures. Prints a table for each case. Exits 1
 * where a bound did not hold.
 */
await runCommand(async ({ progress, clear, signal }) => {
  const options = parseSurviveOptions(process.argv.slice(2), (text) => {
    console.log(text);
  });
  if (options === null) return 0;
  const { cases, sizes } = options;
  let failed = 0;
  for (const asked of cases) {
    const { rows, problems } = await asked.measure({
      sizes,
      progress: (text) => {
        progress(`${asked.id}: ${text}`);
      },
      slackMs: 0,
      signal,
    });
    clear();
    console.log(`\n${commandOf(asked, sizes)}\n  ${asked.title(sizes)}\n`);
    for (const [what, value] of rows) console.log(`  ${what.padEnd(56)} ${value.padStart(24)}`);
    for (const problem of problems.slice(0, 20)) console.log(`  WRONG: ${problem}`);
    if (problems.length > 0) failed++;
  }
  return failed === 0 ? 0 : 1;
});
