import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { workspacePath } from './workspace';

const Answer = z.union([z.object({ error: z.string() }), z.object({ result: z.unknown() })]);

/**
 * A process of its own that does what it is asked, one thing at a time, so that what it costs can be told from what the server costs.
 * Its program calls `serve`.
 */
export class WorkerProcess<Command extends { do: string }> {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  /** @param program its path in the workspace. */
  constructor(program: string, { flags = [] }: { flags?: string[] } = {}) {
    const { PATH, HOME } = process.env;
    this.#child = fork(workspacePath(program), {
      execArgv: [...flags, '--import', 'tsx'],
      env: { PATH, HOME, TSX_TSCONFIG_PATH: workspacePath('apps/e2e/tsconfig.json') },
      // A Ctrl-C is for the one who measures; this one ends when that lets go of it, however it does.
      detached: true,
    });
  }

  /** The result. @throws {Error} what the program failed with, or that it has ended. */
  ask(command: Command): Promise<unknown> {
    const next = this.#last.catch(() => undefined).then(() => this.#exchange(command));
    this.#last = next;
    return next;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await exit;
  }

  #exchange(command: Command): Promise<unknown> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const answered = (message: unknown) => {
        child.off('exit', ended);
        const answer = Answer.parse(message);
        if ('error' in answer) reject(new Error(`${command.do}: ${answer.error}`));
        else resolve(answer.result);
      };
      const ended = () => {
        child.off('message', answered);
        reject(new Error(`${command.do}: the process that is to do it has ended`));
      };
      child.once('message', answered);
      child.once('exit', ended);
      // Without this, an error of one that has been stopped would be nobody's.
      child.send(command, (error) => {
        if (error) reject(error);
      });
    });
  }
}

/** In the program of a worker process: does what is asked for. The process ends when whoever has started it lets go of it. */
export function serve(work: (command: unknown) => Promise<unknown>): void {
  process.on('message', (command) => {
    work(command).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
