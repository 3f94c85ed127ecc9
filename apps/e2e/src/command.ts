import { WrongOptions } from './options';
import { createProgress } from './script';

/** What a command is given. */
export interface Command {
  /** Shows how far it is, on one line of the terminal. */
  progress: (text: string) => void;
  /** Takes that line away. */
  clear: () => void;
  /** Aborted where somebody ends the command. */
  signal: AbortSignal;
}

/**
 * Runs a command of the terminal, and exits with the code that `work` resolves with: 2 where it was asked for what there is not, 130
 * where somebody has ended it, 1 where it failed.
 *
 * @param work leaves nothing running, however it ends.
 */
export async function runCommand(work: (command: Command) => Promise<number>): Promise<never> {
  const { progress, clear } = createProgress();
  const ending = new AbortController();
  const { signal } = ending;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      ending.abort(new Error('stopped'));
    });
  }
  try {
    return process.exit(await work({ progress, clear, signal }));
  } catch (error) {
    clear();
    if (error instanceof WrongOptions) {
      console.error(error.message);
      return process.exit(2);
    }
    if (!signal.aborted) console.error(error);
    return process.exit(signal.aborted ? 130 : 1);
  }
}
