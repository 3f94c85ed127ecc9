import type { RequestHandler } from 'express';
import PusherServerLibrary from 'pusher';
import PusherClient from 'pusher-js';
import type { PusherApp } from '../../app';
import { PusherDoor } from '../../testing/pusher-door';
import { signedQuery } from '../../testing/signed-query';
import { createPusherApi } from '../pusher-api';

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
export class TestPusherApi extends PusherDoor {
  readonly #clients = new Set<PusherClient>();

  /** `args` are the program's. */
  static async start(
    environment: Record<string, string> = {},
    args: string[] = [],
  ): Promise<TestPusherApi> {
    const api = new TestPusherApi({ environment, args });
    await api.open();
    return api;
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
    const whole = `${this.settings.pusher.pathPrefix}/apps/${app.id}${path}`;
    const at = Math.floor(Date.now() / 1_000) - behind;
    const parameters = signedQuery(app, { method, path: whole, query, body: sent, at });
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

  override async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await super.close();
  }

  protected override handlers(): RequestHandler[] {
    const { apps, channels, settings, redis, log, metrics } = this;
    const isDraining = () => this.isDraining;
    return [createPusherApi({ apps, channels, settings, redis, log, metrics, isDraining })];
  }
}
