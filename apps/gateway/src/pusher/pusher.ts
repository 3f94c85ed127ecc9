import type { RequestHandler } from 'express';
import type { Redis } from 'ioredis';
import type { ConnectionLimits } from '../accounts/connection-limits';
import type { Bus } from '../cluster/bus';
import { LocalOccupancy } from '../cluster/local-occupancy';
import { RedisOccupancy } from '../cluster/redis-occupancy';
import type { Viewers } from '../cluster/viewers';
import type { Settings } from '../env';
import type { Log } from '../log';
import type { Drain } from '../ops/drain';
import type { Metrics } from '../ops/metrics';
import type { Overload } from '../ops/overload';
import type { RoomAccess } from '../rooms/room-access';
import type { SpeechService } from '../rooms/speech.service';
import type { Database } from '../store/database';
import type { RoomStore } from '../store/room-store';
import { openApps } from './apps/open-apps';
import { ChannelCache } from './channel-cache';
import { Channels } from './channels';
import { ConnectionControl } from './direct/connection-control';
import { createConnectionsApi } from './direct/connections-api';
import { Fallback } from './fallback/fallback';
import { Health } from './http/health';
import { MetricsServer } from './http/metrics-server';
import { createPusherApi } from './http/pusher-api';
import { PusherMetrics } from './http/pusher-metrics';
import { Ingress } from './ingress/ingress';
import { IngressDelivery } from './ingress/ingress-delivery';
import { PusherConnections } from './pusher-connections';
import { PusherServer } from './pusher-server';
import { RoomAuthorization } from './rooms/room-authorization';
import { RoomChannels } from './rooms/room-channels';
import { PusherUpgrade } from './socket/pusher-upgrade';
import { WebhookOutbox } from './webhooks/webhook-outbox';

/** A client that has said nothing for this long is pinged; after twice that it is gone. */
const PING_AFTER_MS = 60_000;
const INACTIVE_MS = 24 * 3_600_000;

/** What the Pusher side stands on. */
export interface PusherOptions {
  settings: Settings;
  log: Log;
  redis: Redis | null;
  bus: Bus;
  database: Database;
  roomStore: RoomStore;
  viewers: Viewers;
  access: RoomAccess;
  speech: SpeechService;
  limits: ConnectionLimits;
  overload: Overload;
  metrics: Metrics;
  drain: Drain;
}

/** The Pusher Channels server, wired. */
export interface Pusher {
  upgrade: PusherUpgrade;
  /** What is asked by HTTP, to be mounted before whatever reads bodies. */
  handlers: RequestHandler[];
  roomAuthorization: RoomAuthorization;
  /** Every gateway reads the apps again. */
  refreshApps: () => void;
  /** Closes all connections, in slices (G8). */
  drainConnections: (overMs: number) => Promise<void>;
  /** Ends all of it; what is to be told is told. */
  close: () => Promise<void>;
}

export async function createPusher(options: PusherOptions): Promise<Pusher> {
  const { settings, log, redis, bus, database, limits, overload, metrics, drain } = options;
  const { pusher, GATEWAY_ID: gateway } = settings;
  const { apps, refresh } = await openApps(pusher, { database, bus, log });
  const occupancy = redis
    ? new RedisOccupancy({ redis, gateway, log })
    : new LocalOccupancy(bus, log);
  const connections = new PusherConnections({
    pingAfterMs: PING_AFTER_MS,
    closeAfterMs: 2 * PING_AFTER_MS,
    inactiveMs: INACTIVE_MS,
    authorizeMs: pusher.userAuthenticationTimeoutMs,
  });
  metrics.watchPusherConnections(() => connections.size);
  const cache = new ChannelCache(redis, pusher.channelCacheTtlSeconds * 1_000, log);
  const pusherMetrics = new PusherMetrics(pusher.metrics.prefix, settings.PORT);
  const channels = new Channels({
    bus,
    occupancy,
    cache,
    number: connections.number,
    peers: connections,
    report: (app, { items, deliveries, bytes, costMs }) => {
      pusherMetrics.sent(app, deliveries, bytes);
      metrics.flushSeconds.observe(costMs / 1_000);
      metrics.channelEncodings.inc(items);
      metrics.channelDeliveries.inc(deliveries);
      metrics.bytesOut.inc(bytes);
    },
    heard: () => {
      metrics.channelPayloads.inc();
    },
  });
  metrics.watchOpenChannels(() => channels.openChannels);
  const backing = new RoomChannels({ ...options, channels, roomsApp: pusher.roomsApp });
  const webhooks = new WebhookOutbox({
    ...options,
    occupancy,
    apps,
    gateway,
    settings: {
      isBatching: pusher.webhookBatching.enabled,
      batchMs: pusher.webhookBatching.durationMs,
    },
    awsCredentials: pusher.awsCredentials,
    report: (outcome, events) => {
      metrics.webhookEvents.inc({ outcome }, events);
    },
  });
  metrics.watchPendingWebhooks(() => webhooks.pending);
  const isDraining = () => drain.isDraining;
  const takesTraffic = () => !drain.isDraining;
  const server = new PusherServer({
    apps,
    channels,
    connections,
    backing,
    webhooks,
    limits,
    tlsOnly: pusher.tlsOnly,
    takesTraffic,
    metrics: pusherMetrics,
    log,
  });
  const { pathPrefix } = pusher;
  const fallback = new Fallback({
    server,
    settings,
    limits,
    overload,
    takesTraffic,
    log,
    pathPrefix,
    hostname: pusher.fallbackHost,
  });
  const control = new ConnectionControl({ bus, connections, log });
  const ingress = settings.REDIS_URL
    ? new Ingress({
        redisUrl: settings.REDIS_URL,
        delivery: new IngressDelivery({
          ...options,
          apps,
          channels,
          roomsApp: pusher.roomsApp,
          gateway,
        }),
        report: {
          delivered: (target, waitedMs) => {
            metrics.ingressSeconds.observe({ target }, waitedMs / 1_000);
          },
          dead: () => {
            metrics.ingressDead.inc();
          },
        },
        log,
      })
    : null;
  if (ingress) metrics.watchIngressWaiting(() => ingress.waiting);
  const metricsServer = await startMetricsServer(options, pusherMetrics);
  const api = createPusherApi({
    apps,
    channels,
    settings,
    redis,
    log,
    metrics: pusherMetrics,
    isDraining,
  });
  const upgrade = new PusherUpgrade({ server, settings, limits, overload, takesTraffic, log });
  return {
    upgrade,
    handlers: [fallback.handle, createConnectionsApi({ apps, control, settings, log }), api],
    roomAuthorization: new RoomAuthorization({ ...options, apps, roomsApp: pusher.roomsApp }),
    refreshApps: refresh,
    drainConnections: async (overMs) => {
      await connections.drain(overMs);
      await fallback.told(overMs);
      await upgrade.close();
    },
    close: async () => {
      await ingress?.close();
      control.close();
      connections.close();
      fallback.close();
      channels.close();
      await occupancy.close();
      await webhooks.close();
      cache.close();
      await metricsServer?.close();
      await apps.close();
    },
  };
}

async function startMetricsServer(
  { settings, drain, log }: PusherOptions,
  metrics: PusherMetrics,
): Promise<MetricsServer | null> {
  const { pusher } = settings;
  if (!pusher.metrics.enabled) return null;
  const health = new Health({
    isDraining: () => drain.isDraining,
    acceptTrafficThresholdPercent: pusher.acceptTrafficThresholdPercent,
  });
  return MetricsServer.start({ ...pusher.metrics, metrics, health, log });
}
