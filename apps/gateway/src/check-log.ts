import { CHECK_USAGE, readCheckOptions } from './store/check/check-options';
import { LogCheck } from './store/check/log-check';
import { CannotCheck, openLogSource } from './store/check/log-source';
import { Report } from './store/check/report';

const EXIT = { clean: 0, found: 1, couldNotLook: 2 } as const;

/** Checks the room logs of a database; resolves with what the process exits with. */
async function main(): Promise<number> {
  const options = readCheckOptions(process.argv.slice(2), process.env);
  if (options === null) {
    process.stdout.write(`${CHECK_USAGE}\n`);
    return EXIT.clean;
  }
  const { place, room, json, repairs } = options;
  const source = await openLogSource(place, repairs);
  try {
    const report = new Report({ json, out: process.stdout, err: process.stderr });
    const summary = await new LogCheck(source, { room, repairs }, report).run();
    report.end(summary, source.name);
    return Object.keys(summary.faults).length > 0 ? EXIT.found : EXIT.clean;
  } finally {
    await source.close();
  }
}

try {
  // Not `exit`: what was written may still be on its way.
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof CannotCheck ? error.message : String(error);
  process.stderr.write(`hubbub: ${message}\n`);
  process.exitCode = EXIT.couldNotLook;
}
