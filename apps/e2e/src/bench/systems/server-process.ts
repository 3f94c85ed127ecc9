import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../testing/free-port';
import { isRunning } from '../../testing/processes';
import { waitFor } from '../../testing/wait-for';

/**
 * Runs a program with its output in `$1/log` until standard input ends, and removes the folder. The shell outlives who started it:
 * nothing is left behind, however that ends.
 */
const GUARD = `
dir=$1; shift
"$@" </dev/null >"$dir/log" 2>&1 &
echo $!
cat >/dev/null
kill -TERM $! 2>/dev/null
wait
rm -rf "$dir"`;

/** A measured program drains nothing: nobody is connected any more. */
const STOP_MS = 15_000;

/** What one process has for itself. */
interface Own {
  port: number;
  /** Free, for what a program also serves. */
  otherPort: number;
}

export interface ServerPlan {
  name: string;
  /** Looked for on PATH. */
  command: string;
  args: (own: Own) => string[];
  /** Its environment, besides PATH and HOME. */
  env: (own: Own) => Record<string, string>;
  /** Whether it takes traffic. Throwing counts as no. */
  isReady: (port: number) => Promise<boolean>;
}

/** A server under test, or one that it needs: one process on a port of its own, with an empty folder of its own. */
export class ServerProcess {
  private constructor(
    readonly port: number,
    readonly pid: number,
    private readonly dir: string,
    private readonly guard: ChildProcess,
  ) {}

  /** @throws {Error} with what it said where it does not start, and where `signal` ends the start. */
  static async start(plan: ServerPlan, signal: AbortSignal): Promise<ServerProcess> {
    signal.throwIfAborted();
    const own = { port: await freePort(), otherPort: await freePort() };
    const dir = mkdtempSync(join(tmpdir(), 'hubbub-bench-'));
    const { PATH, HOME } = process.env;
    const guard = spawn('sh', ['-c', GUARD, 'sh', dir, plan.command, ...plan.args(own)], {
      cwd: dir,
      env: { PATH, HOME, NODE_ENV: 'production', ...plan.env(own) },
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [pid] = (await once(guard.stdout, 'data')) as [Buffer];
    const server = new ServerProcess(own.port, Number(pid.toString()), dir, guard);
    try {
      await waitFor(() => signal.aborted || !isRunning(server.pid) || plan.isReady(server.port), {
        what: `${plan.name} is ready`,
        timeoutMs: 60_000,
        everyMs: 50,
      });
      signal.throwIfAborted();
      if (!isRunning(server.pid)) throw new Error(`${plan.name} has ended at once`);
    } catch (error) {
      const said = server.output();
      await server.stop();
      throw new Error(`${String(error)}\n${said}`, { cause: error });
    }
    return server;
  }

  /** What it has said. */
  output(): string {
    return readFileSync(join(this.dir, 'log'), 'utf8');
  }

  async stop(): Promise<void> {
    const { guard } = this;
    if (guard.exitCode !== null || guard.signalCode !== null) return;
    const exit = once(guard, 'exit');
    guard.stdin?.end();
    const timer = setTimeout(() => {
      if (isRunning(this.pid)) process.kill(this.pid, 'SIGKILL');
    }, STOP_MS);
    await exit;
    clearTimeout(timer);
  }
}

/** Whether a GET of `path` is answered with 2xx. */
export async function answersHttp(port: number, path: string): Promise<boolean> {
  const reply = await fetch(`http://127.0.0.1:${String(port)}${path}`);
  await reply.body?.cancel();
  return reply.ok;
}

/** Redis, without a file. */
export const REDIS_PLAN: ServerPlan = {
  name: 'Redis',
  command: 'redis-server',
  args: ({ port }) => ['--bind', '127.0.0.1', '--port', String(port), '--save', ''],
  env: () => ({}),
  isReady: async (port) => {
    const socket = connect(port, '127.0.0.1');
    try {
      socket.write('PING\r\n');
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.toString().startsWith('+PONG');
    } finally {
      socket.destroy();
    }
  },
};
