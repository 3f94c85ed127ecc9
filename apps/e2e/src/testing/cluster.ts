import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, kill } from './processes';
import { waitFor } from './wait-for';
import { workspacePath } from './workspace';

const Pid = z.int().nullable();
const State = z.object({
  url: z.string(),
  gateways: z.array(z.string()),
  redis: z.string(),
  mysql: z.string(),
  pids: z.object({ gateways: z.array(Pid), redis: Pid, mysql: Pid, runner: z.int() }),
  adminToken: z.string(),
});
type State = z.infer<typeof State>;
export type Pids = State['pids'];

export interface ClusterOptions {
  gateways?: number;
  web?: boolean;
  /** Settings of the gateways, besides those that the stack gives them. */
  env?: Record<string, string>;
  /** Where Redis listens, and then where each gateway asks for it: of a proxy in between. */
  redisPorts?: number[];
  mysqlPorts?: number[];
  /** Its folder stays, with data and logs. */
  keep?: boolean;
}

/** What the shared cluster signs session tokens with, so that tests can make some that are nearly right. */
export const SHARED_SESSION_SECRET = 'the secret of the tests, which is known to everybody';

/** The first start may have to build the programs. */
const START_MS = 240_000;
const STOP_MS = 40_000;

/**
 * Runs the stack in a folder, which goes with it unless it is kept. The shell outlives this process, and standard input tells the
 * stack when that ends: so nothing is left behind, however it ends.
 */
const SCRIPT = `"$0" --import tsx "$1" --dir "$2" --json --until-stdin-ends $3; $4 "$2"`;

/** Redis, a database, Nginx and gateways as processes of this machine, which start again when they die. */
export class Cluster {
  private constructor(
    /** Has `logs/`, a file for each process, and `stack.log`, with what the stack said of them. */
    readonly dir: string,
    private readonly child: ChildProcess | null,
  ) {}

  /** @throws {Error} with the stack's last words where it does not start. */
  static async start(
    { gateways = 3, web = false, env = {}, keep = false, ...ports }: ClusterOptions = {},
    dir?: string,
  ): Promise<Cluster> {
    const folder = dir ?? mkdtempSync(join(tmpdir(), 'hubbub-e2e-'));
    mkdirSync(folder, { recursive: true });
    const output = openSync(join(folder, 'stack.log'), 'w');
    const options = [
      `--gateways ${String(gateways)}`,
      ...(web ? [] : ['--no-web']),
      ...(ports.redisPorts ? [`--redis-ports ${ports.redisPorts.join(',')}`] : []),
      ...(ports.mysqlPorts ? [`--mysql-ports ${ports.mysqlPorts.join(',')}`] : []),
    ].join(' ');
    const program = workspacePath('apps/stack/src/cluster.ts');
    const script = [SCRIPT, process.execPath, program, folder, options, keep ? ':' : 'rm -rf'];
    const child = spawn('sh', ['-c', ...script], {
      cwd: workspacePath(),
      env: { ...environment(), ...env },
      detached: true,
      stdio: ['pipe', output, output],
    });
    closeSync(output);
    const cluster = new Cluster(folder, child);
    let log = '';
    try {
      await waitFor(
        () => {
          if (existsSync(join(folder, 'stack.log')))
            log = readFileSync(join(folder, 'stack.log'), 'utf8');
          return child.exitCode !== null || existsSync(join(folder, 'cluster.json'));
        },
        { what: 'the cluster starts', timeoutMs: START_MS, everyMs: 50 },
      );
      if (child.exitCode !== null) throw new Error('the cluster ended at once');
    } catch (error) {
      await cluster.stop();
      throw new Error(`${String(error)}\n${log}`, { cause: error });
    }
    child.unref();
    (child.stdin as Socket).unref();
    return cluster;
  }

  /** One that runs already: `npm run cluster -- --dir D`. */
  static at(dir: string): Cluster {
    return new Cluster(dir, null);
  }

  /**
   * The one that the tests of this process share: starting one takes longer than most tests. It ends with the process. Its viewers
   * are given everything: most tests look for each entry.
   */
  static async shared(): Promise<Cluster> {
    const dir = join(tmpdir(), `hubbub-e2e-shared-${String(process.pid)}`);
    const running = new Cluster(dir, null);
    if (existsSync(join(dir, 'cluster.json'))) {
      if (isRunning(running.pids.runner)) return running;
      rmSync(dir, { recursive: true, force: true });
    }
    const env = { VIEWER_BUDGET: '0', SESSION_SECRET: SHARED_SESSION_SECRET };
    return Cluster.start({ env }, dir);
  }

  /** Of Nginx. */
  get url(): string {
    return this.state().url;
  }
  /** Of each gateway, past Nginx. `gateway-1` is the first. */
  get gateways(): string[] {
    return this.state().gateways;
  }
  get mysql(): string {
    return this.state().mysql;
  }
  get redis(): string {
    return this.state().redis;
  }
  get adminToken(): string {
    return this.state().adminToken;
  }
  /** As of now: what died has none, and another one after it was started again. */
  get pids(): Pids {
    return this.state().pids;
  }

  gateway(index: number): string {
    const url = this.gateways[index];
    if (url === undefined) throw new Error(`there is no gateway ${String(index)}`);
    return url;
  }

  /** @throws {Error} where it is down at the moment. */
  pid(of: 'redis' | 'mysql' | number): number {
    const { pids } = this;
    const pid = typeof of === 'number' ? pids.gateways[of] : pids[of];
    if (typeof pid !== 'number') throw new Error(`${String(of)} is down`);
    return pid;
  }

  /** Does `work` while nothing that dies is started again: else it may be back before anybody has looked. */
  async withoutRestarts(work: () => Promise<void>): Promise<void> {
    const { runner } = this.pids;
    kill(runner, 'SIGSTOP');
    try {
      await work();
    } finally {
      kill(runner, 'SIGCONT');
    }
  }

  /** Resolves when everything runs and takes traffic. */
  async isWhole(): Promise<void> {
    await waitFor(
      async () => {
        const { pids, gateways, url } = this.state();
        if ([...pids.gateways, pids.redis, pids.mysql].includes(null)) return false;
        const replies = await Promise.all(
          [...gateways, url].map((it) =>
            fetch(`${it}/readyz`, { signal: AbortSignal.timeout(2_000) }),
          ),
        );
        for (const reply of replies) await reply.body?.cancel();
        return replies.every((it) => it.ok);
      },
      { what: 'the whole cluster takes traffic', timeoutMs: 60_000, everyMs: 50 },
    );
  }

  /** Resolves when all its processes are gone, and its folder. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child) throw new Error('a shared cluster ends with the process');
    if (child.exitCode !== null) return;
    child.ref();
    const exit = once(child, 'exit');
    child.stdin?.end();
    const timer = setTimeout(
      () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'),
      STOP_MS,
    );
    await exit;
    clearTimeout(timer);
  }

  private state(): State {
    return State.parse(JSON.parse(readFileSync(join(this.dir, 'cluster.json'), 'utf8')));
  }
}

/** Ours, without what a test runner adds to it, and without settings that would reach the gateways. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, CI } = process.env;
  const TSX_TSCONFIG_PATH = workspacePath('apps/stack/tsconfig.json');
  return { PATH, HOME, LANG, TMPDIR, CI, TSX_TSCONFIG_PATH };
}
