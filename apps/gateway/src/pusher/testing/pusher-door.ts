import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import type { Redis } from 'ioredis';
import { ConnectionLimits } from '../../accounts/connection-limits';
import { Overload } from '../../ops/overload';
import type { Bus } from '../../cluster/bus';
import { LocalBus } from '../../cluster/local-bus';
import { LocalOccupancy } from '../../cluster/local-occupancy';
import type { Occupancy } from '../../cluster/occupancy';
import { closeRedis, connectRedis, RedisBus } from '../../cluster/redis-bus';
import { RedisOccupancy } from '../../cluster/redis-occupancy';
import { readSettings, type Settings } from '../../env';
import type { Log } from '../../log';
import { keepIn, silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { ChannelCache } from '../channel-cache';
import { Channels } from '../channels';
import { PusherMetrics } from '../http/pusher-metrics';
import { PusherConnections, type PatienceMs } from '../pusher-connections';
import { PusherServer } from '../pusher-server';
import { PusherUpgrade } from '../socket/pusher-upgrade';
import type { WebhookSink } from '../webhook-event';
import { TestApps } from './test-apps';

interface DoorOptions {
  apps?: TestApps;
  /** With `inCluster`: one gateway of several. */
  environment?: Record<string, string>;
  /** The program's arguments. */
  args?: string[];
  patience?: Partial<PatienceMs>;
  webhooks?: WebhookSink;
}

/** The environment of one gateway of several; what a door is asked asks no database. */
export function inCluster(redisUrl: string, gateway: string) {
  return {
    REDIS_URL: redisUrl,
    DATABASE_URL: 'mysql://nobody:none@127.0.0.1:1/none',
    SESSION_SECRET: 'a secret that is long enough for this',
    GATEWAY_ID: gateway,
  };
}

/** The Pusher side of a gateway as far as channels and connections go, on a free port. What else is asked is answered 418. */
export class PusherDoor {
  readonly apps: TestApps;
  readonly settings: Settings;
  /** What was logged as `error`. */
  readonly errors: string[] = [];
  readonly log: Log = { ...silent, error: keepIn(this.errors) };
  readonly metrics = new PusherMetrics('soketi_', 6001);
  readonly redis: Redis | null;
  readonly bus: Bus;
  readonly connections: PusherConnections;
  readonly channels: Channels;
  isDraining = false;
  /** Where it listens. */
  port = 0;
  readonly #occupancy: Occupancy;
  readonly #cache: ChannelCache;
  readonly #http = createServer();
  readonly #webhooks: WebhookSink;
  #overload: Overload | undefined;

  constructor(options: DoorOptions = {}) {
    const { apps = new TestApps(), environment, args, patience } = options;
    this.apps = apps;
    this.settings = readSettings({ HOST: '127.0.0.1', ...environment }, args);
    this.#webhooks = options.webhooks ?? { record: () => undefined };
    const { REDIS_URL: redisUrl, GATEWAY_ID: gateway } = this.settings;
    const { log } = this;
    this.redis = redisUrl ? connectRedis(redisUrl, log, 'state') : null;
    this.bus = redisUrl ? new RedisBus(redisUrl, gateway, log) : new LocalBus();
    this.#occupancy = this.redis
      ? new RedisOccupancy({ redis: this.redis, gateway, log })
      : new LocalOccupancy(this.bus, log);
    this.#cache = new ChannelCache(this.redis, 60_000, log);
    this.connections = new PusherConnections({
      pingAfterMs: 60_000,
      closeAfterMs: 120_000,
      inactiveMs: 600_000,
      authorizeMs: 30_000,
      ...patience,
    });
    this.channels = new Channels({
      bus: this.bus,
      occupancy: this.#occupancy,
      cache: this.#cache,
      number: this.connections.number,
      peers: this.connections,
      report: () => undefined,
      heard: () => undefined,
    });
  }

  get host(): string {
    return `127.0.0.1:${String(this.port)}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Resolves when it listens, and hears the others. */
  async open(): Promise<void> {
    const { apps, channels, connections, settings, metrics, log } = this;
    const takesTraffic = () => !this.isDraining;
    const limits = new ConnectionLimits({ settings, log, report: () => undefined });
    const overload = new Overload({
      settings,
      connections: () => limits.open,
      report: () => undefined,
    });
    this.#overload = overload;
    const server = new PusherServer({
      apps,
      channels,
      connections,
      backing: { backs: () => false, open: () => Promise.reject(new Error('there is none')) },
      webhooks: this.#webhooks,
      limits,
      tlsOnly: false,
      takesTraffic,
      metrics,
      log,
    });
    const upgrade = new PusherUpgrade({ server, settings, limits, overload, takesTraffic, log });
    const application = express().disable('x-powered-by');
    for (const handler of this.handlers()) application.use(handler);
    this.#http.on(
      'request',
      application.use((_request, response) => response.status(418).end('somebody else')),
    );
    this.#http.on('upgrade', (request, socket, head: Buffer) => {
      upgrade.take(request, socket, head);
    });
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.port = (this.#http.address() as AddressInfo).port;
    await until('the bus is well', () => this.bus.isWell);
  }

  async close(): Promise<void> {
    this.#overload?.close();
    this.connections.close();
    if (this.#http.listening) {
      this.#http.closeAllConnections();
      this.#http.close();
      await once(this.#http, 'close');
    }
    this.channels.close();
    this.#cache.close();
    await this.#occupancy.close();
    await this.bus.close();
    if (this.redis) await closeRedis(this.redis);
  }

  /** What is asked by HTTP. */
  protected handlers(): RequestHandler[] {
    return [];
  }
}
