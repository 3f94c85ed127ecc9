import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { CannotStart } from '../cannot-start';
import { findProgram } from '../programs';
import type { Plan } from '../supervised-process';

const DATABASE = 'hubbub';
const USER = 'hubbub';
/** A Unix socket's path fits into 108 bytes. */
const SOCKET_PATH_MAX = 100;

export interface MysqlServer {
  plan: Plan;
  url: string;
}

/**
 * MariaDB or MySQL on a loopback port, each commit flushed, with its own data folder below `dir` and a user of its own. Data
 * that is there is kept.
 *
 * @throws {CannotStart} where the data folder cannot be made.
 */
export function mysqlServer(
  program: string,
  { dir, port }: { dir: string; port: number },
): MysqlServer {
  const data = join(dir, 'mysql');
  // It refuses to run as root by accident; here root means it.
  const asUser = process.getuid?.() === 0 ? ['--user=root'] : [];
  if (!existsSync(join(data, 'mysql'))) createDataFolder(program, { dir, data, asUser });
  const password = keepPassword(join(dir, 'mysql-password'));
  const init = join(dir, 'mysql-init.sql');
  writeFileSync(init, initialStatements(password), { mode: 0o600 });
  const url = `mysql://${USER}:${password}@127.0.0.1:${String(port)}/${DATABASE}`;
  return {
    url,
    plan: {
      name: 'mysql',
      command: program,
      args: [
        '--no-defaults',
        ...asUser,
        `--datadir=${data}`,
        `--socket=${socketPath(dir)}`,
        `--pid-file=${join(dir, 'mysql.pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${String(port)}`,
        `--init-file=${init}`,
        '--innodb-flush-log-at-trx-commit=1',
        '--innodb-buffer-pool-size=128M',
        '--character-set-server=utf8mb4',
        '--skip-name-resolve',
        '--max-connections=500',
        '--performance-schema=OFF',
        ...(isMariaDb(program) ? [] : ['--mysqlx=OFF', '--disable-log-bin']),
      ],
      env: process.env,
      isReady: () => answersQuery(url),
      readyWithinMs: 60_000,
      stopWithinMs: 20_000,
    },
  };
}

function createDataFolder(
  program: string,
  { dir, data, asUser }: { dir: string; data: string; asUser: string[] },
): void {
  // What an interrupted attempt left is no data.
  rmSync(data, { recursive: true, force: true });
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const log = join(dir, 'logs', 'mysql-install.log');
  const output = openSync(log, 'w');
  const { status } = isMariaDb(program)
    ? spawnSync(
        findProgram({ names: ['mariadb-install-db', 'mysql_install_db'] }) ?? 'mariadb-install-db',
        [
          '--no-defaults',
          `--datadir=${data}`,
          '--skip-test-db',
          '--skip-name-resolve',
          '--auth-root-authentication-method=normal',
          ...asUser,
        ],
        { stdio: ['ignore', output, output] },
      )
    : spawnSync(
        program,
        ['--no-defaults', '--initialize-insecure', `--datadir=${data}`, ...asUser],
        {
          stdio: ['ignore', output, output],
        },
      );
  closeSync(output);
  if (status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new CannotStart(`The database's folder could not be made: ${lastError(log)} (${log})`);
  }
}

function isMariaDb(program: string): boolean {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.includes('MariaDB');
}

/** Run at each start, before it listens. Root is left without a way in over TCP. */
function initialStatements(password: string): string {
  return `${[
    `DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1'`,
    `CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4`,
    `CREATE USER IF NOT EXISTS '${USER}'@'127.0.0.1' IDENTIFIED BY '${password}'`,
    `GRANT ALL ON ${DATABASE}.* TO '${USER}'@'127.0.0.1'`,
  ].join(';\n')};\n`;
}

/** The password belongs to the data, so it is kept beside it. */
function keepPassword(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const password = randomBytes(16).toString('hex');
  writeFileSync(file, password, { mode: 0o600 });
  return password;
}

function socketPath(dir: string): string {
  const beside = join(dir, 'mysql.sock');
  if (Buffer.byteLength(beside) <= SOCKET_PATH_MAX) return beside;
  return join(tmpdir(), `hubbub-${randomBytes(6).toString('hex')}.sock`);
}

async function answersQuery(url: string): Promise<boolean> {
  const connection = await createConnection({ uri: url, connectTimeout: 1000 });
  try {
    await connection.query('SELECT 1');
    return true;
  } finally {
    connection.destroy();
  }
}

/** The last line that names an error: MariaDB's last words are where to report one. */
function lastError(file: string): string {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.findLast((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? '';
}
