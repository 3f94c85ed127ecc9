import type { Redis } from 'ioredis';
import { ConnectionLimits } from './accounts/connection-limits';
import type { Bus } from './cluster/bus';
import { Cooldown } from './cluster/cooldown';
import { LocalBus } from './cluster/local-bus';
import { closeRedis, connectRedis, RedisBus } from './cluster/redis-bus';
import { Viewers } from './cluster/viewers';
import type { Settings } from './env';
import type { Log } from './log';
import { Drain } from './ops/drain';
import { LoopStalls } from './ops/loop-stalls';
import { Metrics } from './ops/metrics';
import { Overload } from './ops/overload';
import { createPusher, type Pusher } from './pusher/pusher';
import { ModerationService } from './rooms/moderation.service';
import { RoomAccess } from './rooms/room-access';
import { RoomFloor } from './rooms/room-floor';
import { RoomService } from './rooms/room.service';
import { SpeechService } from './rooms/speech.service';
import { TokenBuckets } from './rooms/token-bucket';
import { Database } from './store/database';
import { RoomLog } from './store/room-log';
import { RoomStore } from './store/room-store';

/** Likes that one user may give a second on average, and in one go. */
const LIKE_RATE = 5;
const LIKE_BURST = 20;

/** The way of a message, wired: log → bus → floor, in the embedded mode and in a cluster. */
export interface Parts {
  settings: Settings;
  log: Log;
  redis: Redis | null;
  bus: Bus;
  database: Database;
  roomLog: RoomLog;
  roomStore: RoomStore;
  viewers: Viewers;
  floor: RoomFloor;
  rooms: RoomService;
  speech: SpeechService;
  moderation: ModerationService;
  limits: ConnectionLimits;
  overload: Overload;
  metrics: Metrics;
  drain: Drain;
  pusher: Pusher;
  /** Ends all of it, in reverse order; what is in flight is committed. */
  close: () => Promise<void>;
}

export async function createParts(settings: Settings, log: Log): Promise<Parts> {
  const metrics = new Metrics(settings.GATEWAY_ID);
  const stalls = new LoopStalls();
  metrics.watchStalls(() => stalls.takeLongest());
  const database = await Database.open(settings, log);
  const { REDIS_URL: redisUrl, GATEWAY_ID: gateway } = settings;
  const redis = redisUrl ? connectRedis(redisUrl, log, 'state') : null;
  const bus: Bus = redisUrl ? new RedisBus(redisUrl, gateway, log) : new LocalBus();
  const roomStore = new RoomStore(database);
  const roomLog = new RoomLog(
    database,
    (batch) => {
      metrics.entriesCommitted.inc(batch.entries.length);
      metrics.commitEntries.observe(batch.entries.length);
      floor.committed(batch);
    },
    {
      poolSize: settings.DATABASE_POOL,
      log,
      refused: () => {
        metrics.appendsRefused.inc();
      },
    },
  );
  const viewers = new Viewers(redis, gateway, log);
  const floor = new RoomFloor({
    bus,
    roomLog,
    roomStore,
    viewers,
    gateway,
    log,
    viewerBudget: settings.VIEWER_BUDGET === 0 ? Infinity : settings.VIEWER_BUDGET,
    report: ({ deliveries, omitted, bytes, costMs }) => {
      metrics.flushSeconds.observe(costMs / 1_000);
      metrics.deliveries.inc(deliveries);
      metrics.omitted.inc(omitted);
      metrics.bytesOut.inc(bytes);
    },
  });
  metrics.watchOpenRooms(() => floor.openRooms);
  metrics.watchCommitWait(() => roomLog.expectedWaitMs / 1_000);
  const cooldown = new Cooldown(redis, log);
  const access = new RoomAccess(floor, roomLog);
  const likeRate = new TokenBuckets(LIKE_RATE, LIKE_BURST);
  const sendRate = new TokenBuckets(settings.SEND_RATE, settings.SEND_BURST);
  const rooms = new RoomService({
    access,
    floor,
    roomLog,
    roomStore,
    viewers,
    likeRate,
    roomsPerConnection: settings.ROOMS_PER_CONNECTION,
  });
  const speech = new SpeechService({ access, roomLog, cooldown, sendRate });
  const moderation = new ModerationService({ access, floor, roomLog });
  const drain = new Drain();
  const limits = new ConnectionLimits({
    settings,
    log,
    report: (limit) => {
      metrics.limited.inc({ limit });
    },
  });
  const overload = new Overload({
    settings,
    connections: () => limits.open,
    report: (limit) => {
      metrics.limited.inc({ limit });
    },
  });
  const pusher = await createPusher({
    settings,
    log,
    redis,
    bus,
    database,
    roomStore,
    viewers,
    access,
    speech,
    limits,
    overload,
    metrics,
    drain,
  });
  const close = async () => {
    await pusher.close();
    await roomLog.close();
    await floor.close();
    cooldown.close();
    await viewers.close();
    await bus.close();
    if (redis) await closeRedis(redis);
    await database.close();
    overload.close();
    stalls.close();
  };
  return {
    settings,
    log,
    redis,
    bus,
    database,
    roomLog,
    roomStore,
    viewers,
    floor,
    rooms,
    speech,
    moderation,
    limits,
    overload,
    metrics,
    drain,
    pusher,
    close,
  };
}
