import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import express from 'express';
import { closeRedis, connectRedis, RedisBus } from '../../../cluster/redis-bus';
import { RedisOccupancy } from '../../../cluster/redis-occupancy';
import { readSettings } from '../../../env';
import { Refusal } from '../../../refusal';
import { silent, until } from '../../../store/testing/stage';
import type { AppSource, PusherApp } from '../../app';
import { ChannelCache } from '../../channel-cache';
import { Channels } from '../../channels';
import { PusherMetrics } from '../../http/pusher-metrics';
import { PusherConnections } from '../../pusher-connections';
import { PusherServer } from '../../pusher-server';
import { PusherUpgrade } from '../../socket/pusher-upgrade';
import { TestClient } from '../../testing/test-client';
import { ConnectionControl } from '../connection-control';
import { createConnectionsApi } from '../connections-api';

const APP: Omit<PusherApp, 'id' | 'key' | 'secret'> = {
  enabled: true,
  enableClientMessages: true,
  enableUserAuthentication: false,
  maxConnections: -1,
  maxBackendEventsPerSecond: -1,
  maxClientEventsPerSecond: -1,
  maxReadRequestsPerSecond: -1,
  maxPresenceMembersPerChannel: 100,
  maxPresenceMemberSizeInKb: 2,
  maxChannelNameLength: 200,
  maxEventChannelsAtOnce: 100,
  maxEventNameLength: 200,
  maxEventPayloadInKb: 100,
  maxEventBatchSize: 10,
  webhooks: [],
};

/** Apps of a test; each can be out of reach. */
export class TestApps implements AppSource {
  readonly away = new Set<string>();
  readonly #apps: PusherApp[] = [];

  add(id: string, more: Partial<PusherApp> = {}): PusherApp {
    const app = { ...APP, id, key: `key-${id}`, secret: `secret-${id}`, ...more };
    this.#apps.push(app);
    return app;
  }

  findById(id: string): Promise<PusherApp | null> {
    return this.#find((app) => app.id === id);
  }

  findByKey(key: string): Promise<PusherApp | null> {
    return this.#find((app) => app.key === key);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #find(isIt: (app: PusherApp) => boolean): Promise<PusherApp | null> {
    const app = this.#apps.find(isIt) ?? null;
    if (app && this.away.has(app.id)) {
      return Promise.reject(new Refusal('unavailable', 'the apps are away'));
    }
    return Promise.resolve(app);
  }
}

/** The Pusher side of one gateway of a cluster: connections, channels, and /@connections, on a free port. */
export class TestGateway {
  port = 0;
  readonly bus: RedisBus;
  readonly channels: Channels;
  readonly connections = new PusherConnections({
    pingAfterMs: 60_000,
    closeAfterMs: 120_000,
    inactiveMs: 600_000,
    authorizeMs: 30_000,
  });
  readonly control: ConnectionControl;
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #clients: TestClient[] = [];

  private constructor(
    private readonly apps: TestApps,
    redisUrl: string,
    name: string,
  ) {
    this.bus = new RedisBus(redisUrl, name, silent);
    const redis = connectRedis(redisUrl, silent, 'state');
    const occupancy = new RedisOccupancy({ redis, gateway: name, log: silent });
    const cache = new ChannelCache(redis, 60_000, silent);
    const { bus, connections } = this;
    this.channels = new Channels({
      bus,
      occupancy,
      cache,
      number: connections.number,
      peers: connections,
      report: () => undefined,
      heard: () => undefined,
    });
    this.control = new ConnectionControl({ bus, connections, log: silent });
    this.#closing.push(
      () => closeRedis(redis),
      () => bus.close(),
      () => occupancy.close(),
      () => {
        this.control.close();
        this.channels.close();
        cache.close();
        return Promise.resolve();
      },
    );
  }

  static async start(apps: TestApps, redisUrl: string, name: string): Promise<TestGateway> {
    const gateway = new TestGateway(apps, redisUrl, name);
    await gateway.#listen();
    await until('the bus is well', () => gateway.bus.isWell);
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Where clients of the app connect. */
  socketUrl({ key }: PusherApp): string {
    return `ws://127.0.0.1:${String(this.port)}/app/${key}?protocol=7&client=test&version=1`;
  }

  async client(app: PusherApp): Promise<TestClient> {
    const client = await TestClient.connect(this.socketUrl(app), app);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.drop();
    for (const close of this.#closing.splice(0).reverse()) await close();
  }

  async #listen(): Promise<void> {
    const { apps, channels, connections, control } = this;
    const settings = readSettings({ TRUSTED_PROXIES: '127.0.0.1' });
    const server = new PusherServer({
      apps,
      channels,
      connections,
      backing: { backs: () => false, open: () => Promise.reject(new Error('there is none')) },
      webhooks: { record: () => undefined },
      tlsOnly: false,
      takesTraffic: () => true,
      metrics: new PusherMetrics('test_', 0),
      log: silent,
    });
    const upgrade = new PusherUpgrade({ server, settings, takesTraffic: () => true, log: silent });
    const api = createConnectionsApi({ apps, control, settings, log: silent });
    const http = createServer(
      express()
        .use(api)
        .use((_request, response) => response.status(418).end()),
    );
    http.on('upgrade', (request, socket: Socket, head: Buffer) => {
      upgrade.take(request, socket, head);
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    this.port = (http.address() as AddressInfo).port;
    this.#closing.push(async () => {
      connections.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    });
  }
}
