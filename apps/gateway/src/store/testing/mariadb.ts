import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';

const START_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A real MariaDB for a test, durable as a production one (it flushes at each commit), on a free port. Started again it has the
 * same port and the same data.
 */
export class MariadbServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async create(): Promise<MariadbServer> {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-mariadb-'));
    // At start it removes what others have in its folder for temporary tables, so it has one of its own.
    await mkdir(join(folder, 'tmp'));
    const server = new MariadbServer(await freePort(), folder);
    const install = ['--auth-root-authentication-method=normal', '--skip-test-db'];
    await promisify(execFile)('mariadb-install-db', [...server.#where, ...install]);
    await server.start();
    return server;
  }

  url(database: string): string {
    return `mysql://root@127.0.0.1:${String(this.port)}/${database}`;
  }

  async start(): Promise<void> {
    const args = [
      ...this.#where,
      `--port=${String(this.port)}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(this.folder, 'mysql.sock')}`,
      `--log-error=${join(this.folder, 'error.log')}`,
      '--innodb-buffer-pool-size=32M',
      '--innodb-flush-log-at-trx-commit=1',
    ];
    const child = spawn('mariadbd', args, { stdio: 'ignore' });
    this.#process = child;
    await once(child, 'spawn');
    const giveUpAt = performance.now() + START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > giveUpAt) {
        const said = await readFile(join(this.folder, 'error.log'), 'utf8').catch(() => '');
        throw new Error(`mariadbd does not start: ${said.slice(-1_000)}`);
      }
      await delay(30);
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** It keeps its connections and answers nothing. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async query<T>(sql: string): Promise<T[]> {
    const { port } = this;
    const connection = await createConnection({
      host: '127.0.0.1',
      port,
      user: 'root',
      multipleStatements: true,
    });
    try {
      return (await connection.query(sql))[0] as T[];
    } finally {
      await connection.end();
    }
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #where(): string[] {
    const { folder } = this;
    return [
      '--no-defaults',
      `--datadir=${folder}`,
      `--tmpdir=${join(folder, 'tmp')}`,
      `--user=${userInfo().username}`,
    ];
  }

  async #answers(): Promise<boolean> {
    try {
      await this.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
