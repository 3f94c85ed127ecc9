import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

export interface ServerPlan {
  name: string;
  /** Its arguments for Node, the program's file first or behind options of Node. */
  args: string[];
  /** Its environment, besides PATH and HOME. */
  env: (own: { port: number; metricsPort: number; dir: string }) => Record<string, string>;
  /** Answers 2xx as soon as it takes traffic. */
  readyPath: string;
}

/** A server under test: one process on a port of its own, with an empty folder of its own. */
export class ServerProcess {
  private constructor(
    readonly name: string,
    readonly port: number,
    readonly pid: number,
    private readonly dir: string,
    private readonly guard: ChildProcess,
  ) {}

  /** @throws {Error} with what it said where it does not start. */
  static async start(plan: ServerPlan): Promise<ServerProcess> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const dir = mkdtempSync(join(tmpdir(), 'hubbub-measure-'));
    const { PATH, HOME } = process.env;
    const guard = spawn('sh', ['-c', GUARD, 'sh', dir, process.execPath, ...plan.args], {
      cwd: dir,
      env: { PATH, HOME, NODE_ENV: 'production', ...plan.env({ port, metricsPort, dir }) },
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [pid] = (await once(guard.stdout, 'data')) as [Buffer];
    const server = new ServerProcess(plan.name, port, Number(pid.toString()), dir, guard);
    try {
      await waitFor(
        async () => {
          if (!isRunning(server.pid)) return true;
          const reply = await fetch(`http://127.0.0.1:${String(port)}${plan.readyPath}`);
          await reply.body?.cancel();
          return reply.ok;
        },
        { what: `${plan.name} is ready`, timeoutMs: 60_000, everyMs: 50 },
      );
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
