import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import PusherApi from 'pusher';
import type Pusher from 'pusher-js';
import type { Options } from 'pusher-js';
import type { Tab } from './browser';
import { waitFor } from './wait-for';
import { workspacePath } from './workspace';

/** The app of a cluster that is tried out. */
export const PUSHER_APP = { id: 'app-id', key: 'app-key', secret: 'app-secret' };

/** Where a library of Pusher is to go for `url`. */
export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Pusher's library for servers, at a gateway or a load balancer. */
export function pusherApi(url: string): PusherApi {
  const { host, port } = addressOf(url);
  const { id: appId, key, secret } = PUSHER_APP;
  return new PusherApi({ appId, key, secret, host, port: String(port), useTLS: false });
}

/** Options with which Pusher's library for clients goes to `url`, by WebSocket and without. */
export function clientOptions(url: string): Options {
  const { host, port } = addressOf(url);
  const ports = { wsPort: port, wssPort: port, httpPort: port, httpsPort: port };
  return { cluster: '', wsHost: host, httpHost: host, forceTLS: false, ...ports };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A site of somebody who uses Pusher: pages with the library for browsers, and `/auth`, which lets everybody into every channel. */
export class PusherPages {
  private constructor(
    readonly url: string,
    private readonly servers: Server[],
  ) {}

  static async start(): Promise<PusherPages> {
    const library = readFileSync(workspacePath('node_modules/pusher-js/dist/web/pusher.js'));
    const api = pusherApi('http://127.0.0.1:1');
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const form = new URLSearchParams(body);
        const [socketId, channel] = [form.get('socket_id'), form.get('channel_name')];
        const type = (it: string) => response.setHeader('Content-Type', it);
        if (request.url === '/pusher.js') {
          type('text/javascript').end(library);
        } else if (request.url === '/auth' && socketId && channel) {
          type('application/json').end(JSON.stringify(api.authorizeChannel(socketId, channel)));
        } else {
          type('text/html').end(
            '<!doctype html><title>Pusher</title><script src="/pusher.js"></script>',
          );
        }
      });
    });
    return new PusherPages(await listen(server), [server]);
  }

  /** A proxy before `target` that lets no WebSocket through, as some networks have. Its address. */
  async withoutWebSockets(target: string): Promise<string> {
    const server = createServer((request, response) => {
      const { host, port } = addressOf(target);
      const { url: path = '/', method = 'GET', headers } = request;
      const onward = ask({ host, port, path, method, headers }, (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    this.servers.push(server);
    return listen(server);
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }
}

interface Window {
  Pusher: typeof Pusher;
  pusher: Pusher;
  heard: unknown[];
}

/** A page in which the library runs. */
export class PusherTab {
  /** What it asked for of its session, by the end of the path. */
  readonly asked: string[] = [];

  constructor(private readonly tab: Tab) {
    tab.page.on('request', (request) => {
      const action = /\/(xhr\w*)$/.exec(new URL(request.url()).pathname)?.[1];
      if (action !== undefined && request.method() === 'POST') this.asked.push(action);
    });
  }

  /** Opens the page and connects. Resolves when the connection is established. */
  async connect(pages: PusherPages, options: Options): Promise<void> {
    const { page } = this.tab;
    await page.goto(pages.url);
    await page.evaluate(
      ([key, given]) => {
        const here = window as unknown as Window;
        here.heard = [];
        here.pusher = new here.Pusher(key, given);
      },
      [
        PUSHER_APP.key,
        { ...options, channelAuthorization: { transport: 'ajax', endpoint: '/auth' } },
      ] as [string, Options],
    );
    await this.until(({ state }) => state === 'connected', 'it is connected');
  }

  /** Subscribes, and keeps what comes of `events`. */
  async subscribe(channel: string, ...events: string[]): Promise<void> {
    await this.tab.page.evaluate(
      async ([name, kept]) => {
        const here = window as unknown as Window;
        const subscription = here.pusher.subscribe(name);
        for (const event of kept) {
          subscription.bind(event, (data: unknown) => here.heard.push(data));
        }
        await new Promise((resolve) => {
          subscription.bind('pusher:subscription_succeeded', resolve);
        });
      },
      [channel, events] as [string, string[]],
    );
  }

  async trigger(channel: string, event: string, data: object): Promise<void> {
    await this.tab.page.evaluate(
      ([name, what, content]) => {
        (window as unknown as Window).pusher.channel(name).trigger(what, content);
      },
      [channel, event, data] as [string, string, object],
    );
  }

  look(): Promise<{ state: string; socketId: string; transport: string; heard: unknown[] }> {
    return this.tab.page.evaluate(() => {
      const { pusher, heard } = window as unknown as Window;
      const { state, socket_id: socketId, connection } = pusher.connection;
      const { transport } = connection as unknown as { transport: { name: string } };
      return { state, socketId, transport: transport.name, heard };
    });
  }

  async until(
    condition: (seen: Awaited<ReturnType<PusherTab['look']>>) => boolean,
    what: string,
  ): Promise<void> {
    await waitFor(async () => condition(await this.look()), { what, timeoutMs: 30_000 });
  }
}
