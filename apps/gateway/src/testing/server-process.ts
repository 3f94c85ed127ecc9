import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Below those that systems give to outgoing connections: one that is free stays so while its server is down. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** A port of the loopback address that nothing listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const server = createServer();
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** The process of a server under test, which can be started again after it was killed. */
export class ServerProcess {
  #child: ChildProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly args: string[],
  ) {}

  get hasEnded(): boolean {
    return this.#child?.exitCode !== null || this.#child.signalCode !== null;
  }

  async start(): Promise<void> {
    this.#child = spawn(this.program, this.args, { stdio: 'ignore' });
    await once(this.#child, 'spawn');
  }

  /** Without a goodbye, as a crash. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#child?.kill('SIGKILL');
    if (this.#child) await once(this.#child, 'exit');
  }

  /** It keeps its connections and answers nothing, from the moment that this returns. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
    while (!this.#isStopped()) {
      // Each of its threads stops when it is next scheduled.
    }
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  #isStopped(): boolean {
    const tasks = `/proc/${String(this.#child?.pid)}/task`;
    return readdirSync(tasks).every((task) => {
      const stat = readFileSync(`${tasks}/${task}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    });
  }
}
