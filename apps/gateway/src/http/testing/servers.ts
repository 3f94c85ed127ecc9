import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A server process on a port of its own. Started again, it has the same port and the same data. */
export interface TestServer {
  port: number;
  start(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** It keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function createTestServer(
  command: string,
  port: number,
  folder: string,
  args: string[],
): TestServer {
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    port,
    start: async () => {
      child = spawn(command, args, { stdio: 'ignore' });
      await once(child, 'spawn');
      while (!(await listens(port))) {
        if (child.exitCode !== null) throw new Error(`${command} ended`);
        await delay(20);
      }
    },
    kill,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function createRedis(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  return createTestServer('redis-server', port, folder, args);
}

/** MariaDB with the database `hubbub`, which root may use without a password. */
export async function createMysql(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-mysql-'));
  const port = await freePort();
  const user = userInfo().username;
  const where = ['--no-defaults', `--datadir=${folder}`, `--user=${user}`];
  const install = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  await promisify(execFile)('mariadb-install-db', [...where, ...install]);
  const args = [
    ...where,
    `--port=${String(port)}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'mysql.sock')}`,
    '--innodb-buffer-pool-size=16M',
  ];
  const server = createTestServer('mariadbd', port, folder, args);
  await server.start();
  const login = ['-h', '127.0.0.1', '-P', String(port), '-u', 'root', '--skip-ssl'];
  await promisify(execFile)('mariadb', [...login, '-e', 'CREATE DATABASE hubbub']);
  return server;
}
