import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, LIMITS, SUBPROTOCOL } from '@hubbub/protocol';
import { WebSocketServer, type Server as SocketServer } from 'ws';
import type { Authenticator } from '../accounts/authenticator';
import { clientAddress, isHandedOn, originAllowed } from '../accounts/client-address';
import type { ConnectionLimits } from '../accounts/connection-limits';
import type { Session } from '../accounts/session';
import type { Settings } from '../env';
import type { Log } from '../log';
import { SHUT_OUT_MS } from '../flow';
import type { Metrics } from '../ops/metrics';
import type { Overload } from '../ops/overload';
import { Refusal } from '../refusal';
import { refuseSocket } from '../refuse-socket';
import { RoomSocket } from './connection';
import { readInSlices } from './receivers';
import { Turns } from './turns';

/** No client of ours sends a frame in parts, which nobody counts until it is whole; with more of them it is closed 1008. */
const PARTS_MAX = 64;

/** An upgraded socket, and who it belongs to. */
export interface Admitted {
  ws: RoomSocket;
  session: Session | null;
  address: string;
}

export interface UpgradeOptions {
  settings: Settings;
  authenticator: Authenticator;
  limits: ConnectionLimits;
  overload: Overload;
  log: Log;
  metrics: Metrics;
  /** False while the gateway drains: nobody new is let in (G8). */
  takesTraffic: () => boolean;
  /** Other doors of this gateway, asked first: true where the request was for them. */
  otherDoor: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
}

/**
 * The door of `GET /ws`: origin and caller are known before the upgrade completes (P1–P3), so no frame of somebody unknown is
 * ever read.
 */
export class Upgrade {
  readonly server: SocketServer<typeof RoomSocket>;
  readonly #turns = new Turns();
  readonly #options: UpgradeOptions;

  constructor(options: UpgradeOptions) {
    this.#options = options;
    readInSlices();
    this.server = new WebSocketServer<typeof RoomSocket>({
      noServer: true,
      maxPayload: LIMITS.frameBytes,
      maxFragments: PARTS_MAX,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      // What a client keeps of the frames before is the same for a whole room (`FrameChain`); here a socket holds no window.
      perMessageDeflate: { clientNoContextTakeover: true },
      clientTracking: false,
      WebSocket: RoomSocket,
    });
  }

  /** Takes the upgrades of this HTTP server; `admit` gets each socket that was let in. Returns what ends that. */
  listen(http: Server, admit: (admitted: Admitted) => void): () => void {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.#options.otherDoor(request, socket, head)) return;
      socket.on('error', destroy);
      this.#turns.add(() => {
        try {
          const caller = this.#check(request);
          socket.removeListener('error', destroy);
          if (!caller) {
            this.server.handleUpgrade(request, socket, head, closeAsOverloaded);
            return;
          }
          // The answer to the upgrade and the welcome are one write.
          socket.cork();
          this.server.handleUpgrade(request, socket, head, (ws) => {
            admit({ ws, ...caller });
          });
          socket.uncork();
        } catch (error) {
          const refusal = error instanceof Refusal ? error : this.#unexpected(error);
          this.#options.metrics.upgradesRefused.inc({ status: String(refusal.status) });
          refuseSocket(socket, refusal.status, refusal.toData());
        }
      });
    };
    http.on('upgrade', onUpgrade);
    return () => http.off('upgrade', onUpgrade);
  }

  /**
   * Null where nobody can be taken now, and there is no load balancer that would take another gateway: a browser hears of a refused
   * upgrade nothing but that it failed, so it is told by a close.
   *
   * @throws {Refusal} where nobody is let in.
   */
  #check(request: IncomingMessage): { session: Session | null; address: string } | null {
    const { settings, authenticator, limits, overload, takesTraffic } = this.#options;
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/ws') throw new Refusal('not_found', 'WebSockets are at /ws and /app/<key>');
    if (!takesTraffic()) {
      throw new Refusal('unavailable', 'this gateway is going away', { retryAfterMs: 500 });
    }
    if (!originAllowed(request, settings)) {
      throw new Refusal('forbidden', 'this origin is not allowed (ALLOWED_ORIGINS)');
    }
    // Before who they are, which is the more work.
    const overloaded = overload.refusal();
    if (overloaded && isHandedOn(request, settings)) throw overloaded;
    if (overloaded) return null;
    const session = authenticator.authenticate(request);
    const address = clientAddress(request, settings);
    const refusal = limits.refusalOf(address, session?.user ?? null);
    if (refusal) throw refusal;
    return { session, address };
  }

  #unexpected(error: unknown): Refusal {
    this.#options.log.error('socket: an upgrade failed', { error: String(error) });
    return new Refusal('internal', 'something went wrong');
  }
}

function destroy(this: Duplex): void {
  this.destroy();
}

function closeAsOverloaded(ws: RoomSocket): void {
  ws.on('error', () => undefined);
  ws.close(CLOSE_CODES.overloaded.code, 'overloaded');
  setTimeout(() => {
    ws.terminate();
  }, SHUT_OUT_MS).unref();
}
