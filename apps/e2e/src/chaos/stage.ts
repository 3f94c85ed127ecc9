import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Cluster } from '../testing/cluster';
import { freePort } from '../testing/free-port';
import { Clocks } from './faults/clocks';
import { TcpProxy } from './paths/tcp-proxy';

const GATEWAYS = 3;

/** A cluster whose gateways reach Redis and the database by a path of their own each, and have a clock of their own each. */
export class Stage {
  private constructor(
    readonly cluster: Cluster,
    readonly redis: readonly TcpProxy[],
    readonly mysql: readonly TcpProxy[],
    readonly clocks: Clocks,
    private readonly clocksDir: string,
  ) {}

  /**
   * @param keep where the cluster's folder is to stay; null: it goes with the cluster.
   * @throws {Error} with the cluster's last words where it does not start.
   */
  static async start(keep: string | null): Promise<Stage> {
    const target = { redis: await freePort(), mysql: await freePort() };
    const redis = await paths(target.redis);
    const mysql = await paths(target.mysql);
    const clocksDir = mkdtempSync(join(tmpdir(), 'hubbub-clocks-'));
    const clocks = new Clocks(clocksDir);
    const end = () => closeAll([...redis, ...mysql], clocksDir);
    try {
      const cluster = await Cluster.start(
        {
          gateways: GATEWAYS,
          env: clocks.env,
          redisPorts: [target.redis, ...redis.map(({ port }) => port)],
          mysqlPorts: [target.mysql, ...mysql.map(({ port }) => port)],
          keep: keep !== null,
        },
        ...(keep === null ? [] : [resolve(keep)]),
      );
      return new Stage(cluster, redis, mysql, clocks, clocksDir);
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Resolves when all its processes are gone. */
  async stop(): Promise<void> {
    await this.cluster.stop();
    await closeAll([...this.redis, ...this.mysql], this.clocksDir);
  }
}

async function paths(target: number): Promise<TcpProxy[]> {
  const proxies: TcpProxy[] = [];
  while (proxies.length < GATEWAYS) {
    proxies.push(await TcpProxy.start({ port: await freePort(), target }));
  }
  return proxies;
}

async function closeAll(proxies: TcpProxy[], clocksDir: string): Promise<void> {
  await Promise.all(proxies.map((it) => it.close()));
  rmSync(clocksDir, { recursive: true, force: true });
}
