import { spawn } from 'node:child_process';
import { ROOT } from './paths';
import { signalGroup } from './process-id';

export interface Command {
  name: string;
  program: string;
  args: string[];
  /** Shown as it comes; else only where it fails. */
  isShown: boolean;
  withinMs: number;
}

/** Runs one command in the workspace. Whether it succeeded in time; what it started is gone either way. */
export async function runStep({
  name,
  program,
  args,
  isShown,
  withinMs,
}: Command): Promise<boolean> {
  const child = spawn(program, args, {
    cwd: ROOT,
    // A group of its own, so that browsers and servers go with it.
    detached: true,
    stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CI: 'true',
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NEXT_TELEMETRY_DISABLED: '1',
    },
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => output.push(bytes));
  }
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }, withinMs);
  const stop = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGTERM');
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      output.push(Buffer.from(error.message));
      resolve(null);
    });
  });
  clearTimeout(timer);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  if (code !== 0) process.stdout.write(Buffer.concat(output));
  if (late.signal.aborted)
    console.log(`${name} was stopped: not done after ${String(withinMs / 60_000)} minutes`);
  return code === 0;
}
