import { CannotStart } from './cannot-start';
import { GaveUp } from './supervised-process';
import type { Supervisor } from './supervisor';
import { untilTold } from './until-told';

export interface ProgramRun {
  supervisor: Supervisor;
  startAll: () => Promise<void>;
  say: (line: string) => void;
  untilStdinEnds?: boolean;
  /** Once everything has stopped, however it went. */
  finally?: (failed: boolean) => void;
}

/** Starts everything, waits until it is told to stop or something had to be given up, and stops everything. The exit code. */
export async function runProgram(run: ProgramRun): Promise<number> {
  const { supervisor, say } = run;
  const told = untilTold(
    () => {
      say('killing everything');
      supervisor.kill();
    },
    { untilStdinEnds: run.untilStdinEnds ?? false },
  );
  let failed = false;
  try {
    const started = run.startAll();
    // A start that is cut short fails later on, and nobody waits for it any more.
    started.catch(() => undefined);
    const first = await Promise.race([told, started.then(() => null)]);
    const reason = first ?? (await Promise.race([told, supervisor.gaveUp]));
    if (reason instanceof GaveUp) throw reason;
    say(`stopping (${reason})`);
  } catch (error) {
    failed = true;
    sayFailure(error, say);
  }
  await supervisor.stop();
  run.finally?.(failed);
  return failed ? 1 : 0;
}

/** One line for what somebody has to mend, the last words of a process that failed, a stack trace for a bug of ours. */
export function sayFailure(error: unknown, say: (line: string) => void): void {
  if (error instanceof CannotStart) {
    say(error.message);
  } else if (error instanceof GaveUp) {
    say(error.message);
    for (const line of error.lines) say(`  ${line}`);
  } else {
    console.error(error);
  }
}
