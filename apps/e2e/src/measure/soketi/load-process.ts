import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { workspacePath } from '../../testing/workspace';
import { Answer, Connected, Published, type Command } from './wire';

/** The generator of load: a process of its own, so that what it costs can be told from what the server costs. */
export class LoadProcess {
  readonly #child: ChildProcess;

  constructor() {
    const { PATH, HOME } = process.env;
    this.#child = fork(workspacePath('apps/e2e/src/measure/soketi/load.ts'), {
      execArgv: ['--import', 'tsx'],
      env: { PATH, HOME, TSX_TSCONFIG_PATH: workspacePath('apps/e2e/tsconfig.json') },
      // A Ctrl-C is for the one who measures; this one ends when that lets go of it, however it does.
      detached: true,
    });
  }

  /** @throws {Error} where a connection is refused. */
  async connect(ports: number[], count: number): Promise<{ tookMs: number; cpuMs: number }> {
    return Connected.parse(await this.#ask({ do: 'connect', ports, count }));
  }

  async keep(count: number): Promise<void> {
    await this.#ask({ do: 'keep', count });
  }

  async publish(perSecond: number, seconds: number): Promise<Published> {
    return Published.parse(await this.#ask({ do: 'publish', perSecond, seconds }));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await exit;
  }

  #ask(command: Command): Promise<unknown> {
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
        reject(new Error(`${command.do}: the generator of load has ended`));
      };
      child.once('message', answered);
      child.once('exit', ended);
      child.send(command);
    });
  }
}
