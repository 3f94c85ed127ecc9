import WebSocket from 'ws';
import { HubbubClient, type HubbubClientOptions } from '@hubbub/client';
import { Api } from './api';
import { Cluster } from './cluster';
import { RawClient, socketUrl, type RawOptions } from './raw-client';

/** Where a socket goes: a gateway by its place, or Nginx, which chooses one. */
export type Door = number | 'nginx';

/** A cluster, and what tests have open on it. */
export class Bed {
  readonly api: Api;
  private readonly raw: RawClient[] = [];
  private readonly clients: HubbubClient[] = [];

  constructor(readonly cluster: Cluster) {
    this.api = new Api(cluster.url, cluster.adminToken);
  }

  at(door: Door): string {
    return door === 'nginx' ? this.cluster.url : this.cluster.gateway(door);
  }

  async open(door: Door, options: RawOptions = {}): Promise<RawClient> {
    const client = await RawClient.open(this.at(door), options);
    this.raw.push(client);
    return client;
  }

  /** A client of the SDK, connecting. */
  client(door: Door, options: Partial<HubbubClientOptions> = {}): HubbubClient {
    const client = new HubbubClient({
      url: socketUrl(this.at(door)),
      WebSocket,
      log: {},
      ...options,
    });
    client.connect();
    this.clients.push(client);
    return client;
  }

  /** Closes everything. @throws {Error} where a gateway has sent what the protocol does not have. */
  async clear(): Promise<void> {
    const violations = this.raw.flatMap((it) => it.violations);
    for (const client of this.raw.splice(0)) client.drop();
    await Promise.all(this.clients.splice(0).map((it) => it.close()));
    if (violations.length > 0) throw new Error(violations.slice(0, 5).join('\n'));
  }
}

/** Gives each test the shared cluster, whole; after each what it opened is closed, and was right. */
export function useCluster(): () => Bed {
  let bed: Bed | undefined;
  beforeAll(async () => {
    bed = new Bed(await Cluster.shared());
  }, 300_000);
  beforeEach(async () => {
    await bed?.cluster.isWhole();
  }, 90_000);
  afterEach(async () => {
    await bed?.clear();
  });
  return () => {
    if (!bed) throw new Error('there is no cluster');
    return bed;
  };
}
