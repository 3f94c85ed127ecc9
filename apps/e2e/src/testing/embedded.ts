import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, kill } from './processes';
import { waitFor } from './wait-for';
import { workspacePath } from './workspace';

const Processes = z.object({
  runner: z.object({ pid: z.int() }),
  groups: z.array(z.object({ pid: z.int() })),
});

/** `npm start` on a free port, with its data in `dir`. */
export class Embedded {
  private constructor(
    readonly url: string,
    private readonly dir: string,
    private readonly child: ChildProcess,
  ) {}

  /** @throws {Error} with what it said where it does not start. The first time it may have to build. */
  static async start(dir: string, settings: Record<string, string> = {}): Promise<Embedded> {
    const { PATH, HOME, LANG } = process.env;
    const program = workspacePath('apps/stack/src/start.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program], {
      cwd: workspacePath(),
      env: {
        PATH,
        HOME,
        LANG,
        TSX_TSCONFIG_PATH: workspacePath('apps/stack/tsconfig.json'),
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: dir,
        ...settings,
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => (said += part.toString()));
    }
    const address = await waitFor(
      () => {
        if (child.exitCode !== null) return 'ended';
        return /Hubbub is ready:\s+(\S+)/.exec(said)?.[1];
      },
      { what: 'npm start is ready', timeoutMs: 240_000, everyMs: 50 },
    );
    if (address === 'ended') throw new Error(said);
    return new Embedded(address, dir, child);
  }

  /** Everything at once, without a word: what a power cut does. */
  async cut(): Promise<void> {
    const { runner, groups } = Processes.parse(
      JSON.parse(readFileSync(join(this.dir, 'processes.json'), 'utf8')),
    );
    const exit = once(this.child, 'exit');
    for (const { pid } of [runner, ...groups]) process.kill(-pid, 'SIGKILL');
    await exit;
    await waitFor(() => groups.every(({ pid }) => !isRunning(pid)), { what: 'all are gone' });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exit = once(child, 'exit');
    kill(child.pid, 'SIGTERM');
    await exit;
  }
}
