import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { clientAddress, isHandedOn, isSecure } from '../../accounts/client-address';
import type { ConnectionLimits } from '../../accounts/connection-limits';
import type { Settings } from '../../env';
import type { Log } from '../../log';
import type { Overload } from '../../ops/overload';
import { refuseSocket } from '../../refuse-socket';
import { CLOSES, encodeEvent } from '../protocol';
import type { PusherServer } from '../pusher-server';
import { WsTransport } from './ws-transport';

/** More than any event that an app allows by default; a larger frame closes 1009. */
const FRAME_MAX_BYTES = 1024 * 1024;
/** Parts of a message, which nobody counts until it is whole; one in more of them closes 1008. */
const PARTS_MAX = 1_024;
/** A client answers a close within this time, or is gone. */
const CLOSE_MS = 1_000;
const CLOSE_LOOK_MS = 20;
const KEY = /^\/([^/]+)\/?$/;

export interface PusherUpgradeOptions {
  server: PusherServer;
  settings: Settings;
  limits: ConnectionLimits;
  overload: Overload;
  takesTraffic: () => boolean;
  log: Log;
}

/** The door of `GET /app/:key`. Any page of any origin may come in: what it may do is the app's to say, by its secret. */
export class PusherUpgrade {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_MAX_BYTES,
    maxFragments: PARTS_MAX,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #options: PusherUpgradeOptions;
  readonly #prefix: string;
  readonly #sockets = new Set<WebSocket>();

  constructor(options: PusherUpgradeOptions) {
    this.#options = options;
    this.#prefix = `${options.settings.pusher.pathPrefix}/app`;
  }

  /** False where the request is not for this door. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    if (path !== this.#prefix && !path.startsWith(`${this.#prefix}/`)) return false;
    const { settings, limits, overload, takesTraffic } = this.#options;
    if (!takesTraffic() && isHandedOn(request, settings)) {
      // A load balancer takes another gateway then. A client that is told 4200 would be sent here again and again.
      const message = CLOSES.closing.message;
      refuseSocket(socket, 503, { code: 'unavailable', message });
      return true;
    }
    const overloaded = overload.refusal();
    if (overloaded && isHandedOn(request, settings)) {
      refuseSocket(socket, overloaded.status, overloaded.toData());
      return true;
    }
    if (overloaded) {
      this.#server.handleUpgrade(request, socket, head, (ws) => {
        this.#refuse(ws);
      });
      return true;
    }
    const address = clientAddress(request, settings);
    const refusal = limits.refusalOf(address, null);
    if (refusal) {
      refuseSocket(socket, refusal.status, refusal.toData());
      return true;
    }
    const key = KEY.exec(path.slice(this.#prefix.length))?.[1] ?? null;
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      this.#sockets.add(ws);
      limits.add(address, null);
      ws.once('close', () => {
        this.#sockets.delete(ws);
        limits.delete(address, null);
      });
      this.#connect(ws, request, { key, query, address }).catch((error: unknown) => {
        this.#options.log.error('pusher: a connection failed', { error: String(error) });
        ws.terminate();
      });
    });
    return true;
  }

  /** Gives sockets that are being closed a moment for that, and ends those that are left. */
  async close(): Promise<void> {
    const giveUpAt = performance.now() + CLOSE_MS;
    while (this.#sockets.size > 0 && performance.now() < giveUpAt) await delay(CLOSE_LOOK_MS);
    for (const ws of this.#sockets) ws.terminate();
  }

  #refuse(ws: WebSocket): void {
    ws.on('error', () => undefined);
    const transport = new WsTransport(ws);
    transport.writeText(encodeEvent('pusher:error', CLOSES.overCapacity));
    transport.close(CLOSES.overCapacity.code, CLOSES.overCapacity.message);
    setTimeout(() => {
      ws.terminate();
    }, CLOSE_MS).unref();
  }

  async #connect(
    ws: WebSocket,
    request: IncomingMessage,
    { key, query, address }: { key: string | null; query: string; address: string },
  ): Promise<void> {
    const { server, settings, log } = this.#options;
    const transport = new WsTransport(ws);
    ws.on('error', (error) => {
      log.debug('pusher: closed for its frames', { error: error.message });
    });
    if (key === null) {
      transport.writeText(encodeEvent('pusher:error', CLOSES.noSuchPath));
      transport.close(CLOSES.noSuchPath.code, CLOSES.noSuchPath.message);
      return;
    }
    let closedWith: number | undefined;
    ws.once('close', (code: number) => (closedWith = code));
    // What it says before it is let in is read afterwards.
    ws.pause();
    const connection = await server.accept(transport, {
      key: decoded(key),
      query: new URLSearchParams(query),
      isSecure: isSecure(request, settings),
      address,
      userAgent: request.headers['user-agent'] ?? '',
    });
    ws.resume();
    if (!connection) return;
    if (closedWith !== undefined) {
      connection.ended(closedWith);
      return;
    }
    ws.once('close', (code: number) => {
      connection.ended(code);
    });
    const onControl = (data: Buffer) => {
      connection.control(data.length);
    };
    ws.on('ping', onControl);
    ws.on('pong', onControl);
    ws.on('message', (data: RawData) => {
      connection.receive((data as Buffer).toString());
    });
  }
}

/** What is encoded badly stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
