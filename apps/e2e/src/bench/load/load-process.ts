import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { workspacePath } from '../../testing/workspace';
import { Answer, Flooded, Sent, Viewed, type Command, type Target } from './wire';

/** The generator of load: a process of its own, so that what it costs can be told from what the server costs. */
export class LoadProcess {
  readonly #child: ChildProcess;

  constructor() {
    const { PATH, HOME } = process.env;
    this.#child = fork(workspacePath('apps/e2e/src/bench/load/load.ts'), {
      execArgv: ['--max-semi-space-size=16', '--import', 'tsx'],
      env: { PATH, HOME, TSX_TSCONFIG_PATH: workspacePath('apps/e2e/tsconfig.json') },
      // A Ctrl-C is for the one who measures; this one ends when that lets go of it, however it does.
      detached: true,
    });
  }

  /** @throws {Error} where a connection is refused: then none is left open. */
  async view(target: Target, viewers: number): Promise<Viewed> {
    return Viewed.parse(await this.#ask({ do: 'view', target, viewers }));
  }

  /** @throws {Error} where a sender is refused. */
  async send(
    target: Target,
    load: { senders: number; perSecond: number; seconds: number; patienceSeconds: number },
  ): Promise<Sent> {
    return Sent.parse(await this.#ask({ do: 'send', target, ...load }));
  }

  /** @throws {Error} where a sender is refused, or no sender is answered. */
  async flood(
    target: Target,
    load: { senders: number; inFlight: number; seconds: number },
  ): Promise<Flooded> {
    return Flooded.parse(await this.#ask({ do: 'flood', target, ...load }));
  }

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
      // Without this, an error of one that has been stopped would be nobody's.
      child.send(command, (error) => {
        if (error) reject(error);
      });
    });
  }
}
