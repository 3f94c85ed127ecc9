import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLimits } from '../accounts/connection-limits';
import type { Log } from '../log';
import { Refusal } from '../refusal';
import type { AppSource, PusherApp } from './app';
import type { ChannelBacking } from './channel-backing';
import type { Channels } from './channels';
import type { PusherMetrics } from './http/pusher-metrics';
import { ACTIVITY_TIMEOUT_SECONDS, CLOSES, encodeEvent, VERSIONS, type Fault } from './protocol';
import { PusherConnection } from './pusher-connection';
import type { PusherConnections } from './pusher-connections';
import type { Handshake, Transport } from './transport';
import type { WebhookSink } from './webhook-event';

const CLOSING_MS = 500;
/** Counted over all gateways, where an app has a quota of connections. */
const CONNECTIONS = '#connections';

export interface PusherServerOptions {
  apps: AppSource;
  channels: Channels;
  connections: PusherConnections;
  backing: ChannelBacking;
  webhooks: WebhookSink;
  limits: ConnectionLimits;
  /** Whether apps may be used by TLS alone. */
  tlsOnly: boolean;
  takesTraffic: () => boolean;
  metrics: PusherMetrics;
  log: Log;
}

/** Takes connections of the Pusher Channels protocol, whatever carries them. */
export class PusherServer {
  readonly #options: PusherServerOptions;

  constructor(options: PusherServerOptions) {
    this.#options = options;
  }

  /** Establishes the connection. Null where it was refused: the client was told, and is being closed. */
  async accept(transport: Transport, handshake: Handshake): Promise<PusherConnection | null> {
    const admitted = await this.#admit(handshake);
    if ('fault' in admitted) {
      // A client comes back at once, and would do so hundreds of times while this gateway ends.
      if (admitted.fault === CLOSES.closing) await delay(CLOSING_MS);
      refuse(transport, admitted.fault);
      return null;
    }
    const { app } = admitted;
    const { channels, connections, backing, webhooks, limits } = this.#options;
    const { metrics, takesTraffic, log } = this.#options;
    const hasQuota = app.maxConnections >= 0;
    const seat = { app: app.id, channel: CONNECTIONS };
    if (hasQuota && (await channels.occupancy.enter(seat, app.maxConnections)) === 'full') {
      refuse(transport, CLOSES.overQuota);
      return null;
    }
    const socketId = connections.nextId();
    const connection = new PusherConnection({
      socketId,
      app,
      transport,
      handshake,
      channels,
      backing,
      webhooks,
      limits,
      metrics,
      takesTraffic,
      log,
      ended: () => {
        connections.delete(connection);
        metrics.disconnected(app.id);
        if (hasQuota) channels.occupancy.leave(seat);
      },
    });
    connections.add(connection);
    metrics.connected(app.id);
    const data = { socket_id: socketId, activity_timeout: ACTIVITY_TIMEOUT_SECONDS };
    connection.sendText(encodeEvent('pusher:connection_established', JSON.stringify(data)));
    webhooks.record(app, {
      name: '$connect',
      socket_id: socketId,
      source_ip: handshake.address,
      user_agent: handshake.userAgent,
    });
    return connection;
  }

  async #admit(handshake: Handshake): Promise<{ app: PusherApp } | { fault: Fault }> {
    const { apps, tlsOnly, takesTraffic } = this.#options;
    if (!takesTraffic()) return { fault: CLOSES.closing };
    const fault = faultOfVersion(handshake.query.get('protocol'));
    if (fault) return { fault };
    try {
      const app = await apps.findByKey(handshake.key);
      if (!app) return { fault: CLOSES.unknownApp(handshake.key) };
      if (tlsOnly && !handshake.isSecure) return { fault: CLOSES.tlsOnly };
      return app.enabled ? { app } : { fault: CLOSES.disabledApp };
    } catch (error) {
      // A client that was told 4001 would never come back.
      if (!(error instanceof Refusal)) {
        this.#options.log.error('pusher: an app was not found', { error: String(error) });
      }
      return { fault: CLOSES.unavailable };
    }
  }
}

function faultOfVersion(version: string | null): Fault | null {
  if (version === null || version === '') return CLOSES.noVersion;
  if (!/^\d{1,4}$/.test(version)) return CLOSES.badVersion;
  const isKnown = Number(version) >= VERSIONS.from && Number(version) <= VERSIONS.to;
  return isKnown ? null : CLOSES.unsupportedVersion;
}

function refuse(transport: Transport, fault: Fault): void {
  transport.writeText(encodeEvent('pusher:error', fault));
  transport.close(fault.code, fault.message);
}
