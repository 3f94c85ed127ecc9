import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { freePort, ServerProcess } from './server-process';

/** A machine that has something else to do takes its time. */
const INSTALL_MS = 60_000;
const START_MS = 30_000;
const CONNECT_MS = 10_000;
/** Debian keeps servers where a user's PATH does not look. */
const PROGRAM = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd'].find(existsSync) ?? 'mariadbd';

function whereIn(folder: string): string[] {
  return [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
    `--user=${userInfo().username}`,
    // Written anew for each server.
    '--innodb-log-file-size=8M',
  ];
}

/** A real MariaDB for a test, in a folder of its own, on a free port. Started again, it has the same port and the same data. */
export class MariadbServer extends ServerProcess {
  #databases = 0;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {
    super(PROGRAM, [
      ...whereIn(folder),
      `--port=${String(port)}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'mysql.sock')}`,
      `--log-error=${join(folder, 'error.log')}`,
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=1',
      '--innodb-buffer-pool-size=32M',
      '--performance-schema=OFF',
    ]);
  }

  static async start(): Promise<MariadbServer> {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-mariadb-'));
    // It removes at start what others have in its folder for temporary tables, so it has one of its own.
    await mkdir(join(folder, 'tmp'));
    const install = ['--auth-root-authentication-method=normal', '--skip-test-db'];
    await promisify(execFile)('mariadb-install-db', [...whereIn(folder), ...install], {
      timeout: INSTALL_MS,
    });
    const server = new MariadbServer(await freePort(), folder);
    await server.start();
    return server;
  }

  /** Resolves when it takes connections. */
  override async start(): Promise<void> {
    await super.start();
    const giveUpAt = performance.now() + START_MS;
    while (!(await this.#answers())) {
      if (this.hasEnded || performance.now() > giveUpAt) {
        await this.kill();
        throw new Error(`MariaDB does not start: ${await this.#lastWords()}`);
      }
      await delay(50);
    }
  }

  /** A new, empty database. Returns its name. */
  async createDatabase(): Promise<string> {
    const name = `hubbub_${String(++this.#databases)}`;
    await this.query(`CREATE DATABASE ${name}`);
    return name;
  }

  /** On a connection of its own. */
  async query<T>(sql: string): Promise<T[]> {
    const connection = await createConnection({ uri: this.url(), connectTimeout: CONNECT_MS });
    try {
      return (await connection.query(sql))[0] as T[];
    } finally {
      await connection.end();
    }
  }

  url(database = 'mysql', port = this.port): string {
    return `mysql://root@127.0.0.1:${String(port)}/${database}`;
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      await this.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  async #lastWords(): Promise<string> {
    const log = await readFile(join(this.folder, 'error.log'), 'utf8').catch(() => '(no log)');
    return log.slice(-1_000);
  }
}
