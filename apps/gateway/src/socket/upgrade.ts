import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS, SUBPROTOCOL } from '@hubbub/protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Authenticator } from '../accounts/authenticator';
import { clientAddress, originAllowed } from '../accounts/client-address';
import type { Session } from '../accounts/session';
import type { Settings } from '../env';
import type { Log } from '../log';
import type { Metrics } from '../ops/metrics';
import { Refusal } from '../refusal';
import { refuseUpgrade } from '../refuse-upgrade';

/** An upgraded socket, and who it belongs to. */
export interface Admitted {
  ws: WebSocket;
  session: Session | null;
  address: string;
}

export interface UpgradeOptions {
  settings: Settings;
  authenticator: Authenticator;
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
  readonly server: WebSocketServer;
  readonly #options: UpgradeOptions;

  constructor(options: UpgradeOptions) {
    this.#options = options;
    this.server = new WebSocketServer({
      noServer: true,
      maxPayload: LIMITS.frameBytes,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      // Without context takeover one compressed frame fits every socket, and an idle socket holds no window.
      perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
      clientTracking: false,
    });
  }

  /** Takes the upgrades of this HTTP server; `admit` gets each socket that was let in. Returns what ends that. */
  listen(http: Server, admit: (admitted: Admitted, request: IncomingMessage) => void): () => void {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.#options.otherDoor(request, socket, head)) return;
      const onError = () => socket.destroy();
      socket.on('error', onError);
      this.#check(request)
        .then(({ session, address }) => {
          socket.removeListener('error', onError);
          this.server.handleUpgrade(request, socket, head, (ws) => {
            admit({ ws, session, address }, request);
          });
        })
        .catch((error: unknown) => {
          const refusal = error instanceof Refusal ? error : this.#unexpected(error);
          this.#options.metrics.upgradesRefused.inc({ status: String(refusal.status) });
          refuseUpgrade(socket, refusal.status, refusal.toData());
        });
    };
    http.on('upgrade', onUpgrade);
    return () => http.off('upgrade', onUpgrade);
  }

  async #check(request: IncomingMessage): Promise<{ session: Session | null; address: string }> {
    const { settings, authenticator, takesTraffic } = this.#options;
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/ws') throw new Refusal('not_found', 'WebSockets are at /ws and /app/<key>');
    if (!takesTraffic()) {
      throw new Refusal('unavailable', 'this gateway is going away', { retryAfterMs: 500 });
    }
    if (!originAllowed(request, settings)) {
      throw new Refusal('forbidden', 'this origin is not allowed (ALLOWED_ORIGINS)');
    }
    const session = await authenticator.authenticate(request);
    return { session, address: clientAddress(request, settings) };
  }

  #unexpected(error: unknown): Refusal {
    this.#options.log.error('socket: an upgrade failed', { error: String(error) });
    return new Refusal('internal', 'something went wrong');
  }
}
