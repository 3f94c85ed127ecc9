import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { workspacePath } from '../../testing/workspace';
import { Answer, Looked, Told, type Command } from './wire';

type Open = Omit<Extract<Command, { do: 'open' }>, 'do'>;

/** The crowd, from outside. */
export class CrowdProcess {
  readonly #child: ChildProcess;
  /** It is asked one thing at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    const { PATH, HOME } = process.env;
    this.#child = fork(workspacePath('apps/e2e/src/survive/crowd/crowd.ts'), {
      execArgv: ['--import', 'tsx'],
      env: { PATH, HOME, TSX_TSCONFIG_PATH: workspacePath('apps/e2e/tsconfig.json') },
      // A Ctrl-C is for the one who measures; this one ends when that lets go of it, however it does.
      detached: true,
    });
  }

  /** Resolves when all have joined. @throws {Error} where they have not after a minute. */
  async open(options: Open): Promise<void> {
    await this.#ask({ do: 'open', ...options });
  }

  async begin(): Promise<void> {
    await this.#ask({ do: 'begin' });
  }

  async look(heads: Record<string, number> = {}): Promise<Looked> {
    return Looked.parse(await this.#ask({ do: 'look', heads }));
  }

  async tell(): Promise<Told> {
    return Told.parse(await this.#ask({ do: 'tell' }));
  }

  /** Closes all viewers. */
  async close(): Promise<void> {
    await this.#ask({ do: 'close' });
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await exit;
  }

  #ask(command: Command): Promise<unknown> {
    const next = this.#last.catch(() => undefined).then(() => this.#exchange(command));
    this.#last = next;
    return next;
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
        reject(new Error(`${command.do}: the crowd has ended`));
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
