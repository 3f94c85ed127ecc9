import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import PusherServerLibrary from 'pusher';
import PusherClient from 'pusher-js';
import type { Bus } from '../../../cluster/bus';
import { LocalBus } from '../../../cluster/local-bus';
import { LocalOccupancy } from '../../../cluster/local-occupancy';
import type { Occupancy } from '../../../cluster/occupancy';
import { closeRedis, connectRedis, RedisBus } from '../../../cluster/redis-bus';
import { RedisOccupancy } from '../../../cluster/redis-occupancy';
import { readSettings } from '../../../env';
import type { Log } from '../../../log';
import type { AppSource, PusherApp } from '../../app';
import { ChannelCache } from '../../channel-cache';
import { Channels } from '../../channels';
import { PusherConnections } from '../../pusher-connections';
import { PusherServer } from '../../pusher-server';
import { PusherUpgrade } from '../../socket/pusher-upgrade';
import { createPusherApi } from '../pusher-api';
import { PusherMetrics } from '../pusher-metrics';

/** An app that may do everything. */
const UNLIMITED: Omit<PusherApp, 'id' | 'key' | 'secret'> = {
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

/** Apps that a test adds. */
class TestApps implements AppSource {
  readonly #apps: PusherApp[] = [];
  /** What looking an app up fails with; null where it does not. */
  failure: Error | null = null;

  add(limits: Partial<PusherApp>): PusherApp {
    const id = String(this.#apps.length + 1);
    const app = { ...UNLIMITED, id, key: `key-${id}`, secret: `secret-${id}`, ...limits };
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
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.#apps.find(isIt) ?? null);
  }
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

interface CallOptions {
  /** Text is sent as it is. */
  body?: unknown;
  query?: Record<string, string>;
  /** What is done to the signed query before it is sent. */
  tamper?: (query: URLSearchParams) => void;
  /** Seconds that the client's clock is behind. */
  behind?: number;
  headers?: Record<string, string>;
}

/** A gateway's Pusher side on a free port: connections and API, over the real channels. */
export class TestPusherApi {
  readonly apps = new TestApps();
  /** Where it listens. */
  port = 0;
  isDraining = false;
  /** What was logged as `error`. */
  readonly errors: string[] = [];
  readonly #clients = new Set<PusherClient>();
  readonly #closing: (() => unknown)[] = [];

  private constructor(
    readonly metrics: PusherMetrics,
    readonly settings: ReturnType<typeof readSettings>,
  ) {}

  /** `environment` with a REDIS_URL: one gateway of several. `args` are the program's. */
  static async start(
    environment: Record<string, string> = {},
    args: string[] = [],
  ): Promise<TestPusherApi> {
    const api = new TestPusherApi(
      new PusherMetrics('soketi_', 6001),
      readSettings({ HOST: '127.0.0.1', ...environment }, args),
    );
    await api.#start();
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** The server library that everybody uses. */
  library(app: PusherApp, more: Partial<PusherServerLibrary.BaseOptions> = {}) {
    const { id: appId, key, secret } = app;
    const port = String(this.port);
    return new PusherServerLibrary({ appId, key, secret, host: '127.0.0.1', port, ...more });
  }

  /** A connected client of the client library; `userId`: who it signs in, and is in presence channels. */
  async client(app: PusherApp, userId = '1', master?: string): Promise<PusherClient> {
    const library = this.library(app, master ? { encryptionMasterKeyBase64: master } : {});
    const member = { user_id: userId, user_info: { name: `user ${userId}` } };
    const client = new PusherClient(app.key, {
      cluster: 'none',
      wsHost: '127.0.0.1',
      wsPort: this.port,
      forceTLS: false,
      enabledTransports: ['ws'],
      channelAuthorization: {
        transport: 'ajax',
        endpoint: '',
        customHandler: ({ socketId, channelName }, callback) => {
          const isPresence = channelName.startsWith('presence-');
          callback(
            null,
            library.authorizeChannel(socketId, channelName, isPresence ? member : undefined),
          );
        },
      },
      userAuthentication: {
        transport: 'ajax',
        endpoint: '',
        customHandler: ({ socketId }, callback) => {
          callback(null, library.authenticateUser(socketId, { id: userId }));
        },
      },
    });
    this.#clients.add(client);
    await new Promise((resolve) => {
      client.connection.bind('connected', resolve);
    });
    return client;
  }

  /** A request that is signed as the documentation says. */
  async call(app: PusherApp, method: string, path: string, options: CallOptions = {}) {
    const { body, query = {}, tamper, behind = 0, headers = {} } = options;
    const sent =
      body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const parameters = new URLSearchParams({
      ...query,
      auth_key: app.key,
      auth_timestamp: String(Math.floor(Date.now() / 1000) - behind),
      auth_version: '1.0',
      ...(sent !== undefined && { body_md5: createHash('md5').update(sent).digest('hex') }),
    });
    const whole = `${this.settings.pusher.pathPrefix}/apps/${app.id}${path}`;
    parameters.sort();
    const plain = [...parameters].map(([name, value]) => `${name}=${value}`).join('&');
    const signed = `${method}\n${whole}\n${plain}`;
    const signature = createHmac('sha256', app.secret).update(signed).digest('hex');
    parameters.set('auth_signature', signature);
    tamper?.(parameters);
    return this.fetch(method, `${whole}?${parameters.toString()}`, sent, headers);
  }

  async fetch(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await fetch(`${this.url}${path}`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    for (const close of this.#closing.reverse()) await close();
  }

  async #start(): Promise<void> {
    const { settings, apps, metrics } = this;
    const { REDIS_URL: redisUrl, GATEWAY_ID: gateway } = settings;
    const ignore = () => undefined;
    const log: Log = {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (message, fields) => this.errors.push(`${message} ${JSON.stringify(fields)}`),
    };
    const redis = redisUrl ? connectRedis(redisUrl, log, 'state') : null;
    if (redis) this.#closing.push(() => closeRedis(redis));
    const bus: Bus = redisUrl ? new RedisBus(redisUrl, gateway, log) : new LocalBus();
    this.#closing.push(() => bus.close());
    const occupancy: Occupancy = redis
      ? new RedisOccupancy({ redis, gateway, log })
      : new LocalOccupancy(bus, log);
    this.#closing.push(() => occupancy.close());
    const cache = new ChannelCache(redis, 60_000, log);
    this.#closing.push(() => {
      cache.close();
    });
    const connections = new PusherConnections({
      pingAfterMs: 60_000,
      closeAfterMs: 120_000,
      inactiveMs: 600_000,
      authorizeMs: 30_000,
    });
    const channels = new Channels({
      bus,
      occupancy,
      cache,
      number: connections.number,
      peers: connections,
      report: ignore,
      heard: ignore,
    });
    this.#closing.push(() => {
      channels.close();
    });
    const server = new PusherServer({
      apps,
      channels,
      connections,
      backing: { backs: () => false, open: () => Promise.reject(new Error('there is none')) },
      webhooks: { record: ignore },
      tlsOnly: false,
      takesTraffic: () => !this.isDraining,
      metrics,
      log,
    });
    const upgrade = new PusherUpgrade({
      server,
      settings,
      takesTraffic: () => !this.isDraining,
      log,
    });
    const http = createServer(
      express()
        .disable('x-powered-by')
        .use(
          createPusherApi({
            apps,
            channels,
            settings,
            redis,
            log,
            metrics,
            isDraining: () => this.isDraining,
          }),
        )
        .use((_request, response) => response.status(418).end('somebody else')),
    );
    http.on('upgrade', (request, socket, head: Buffer) => {
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
