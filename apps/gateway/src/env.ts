import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { LIMITS } from '@hubbub/protocol';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { derivePusherSettings, type PusherSettings } from './pusher/pusher-settings';
import { readSoketi, type Soketi } from './pusher/soketi/read-soketi';
import { mysqlUrlOf, redisUrlOf } from './pusher/soketi/servers';
import { SettingsError } from './settings-error';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

/** Address ranges in CIDR form; a bare address is a range of one. */
const addressRanges = list.transform((parts, ctx) =>
  parts.map((part) => {
    try {
      if (part.includes('/')) return ipaddr.parseCIDR(part);
      const address = ipaddr.parse(part);
      return [address, address.kind() === 'ipv4' ? 32 : 128] as [typeof address, number];
    } catch {
      ctx.addIssue({ code: 'custom', message: `"${part}" is no address or CIDR range` });
      return z.NEVER;
    }
  }),
);

const count = (fallback: number, min = 0) => z.coerce.number().int().min(min).default(fallback);

const Schema = z.object({
  /** Where HTTP and WebSocket are served. */
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  /** `mysql://user:password@host:port/database`. Without it and REDIS_URL: the embedded mode. */
  DATABASE_URL: z.url({ protocol: /^mysql$/ }).optional(),
  /** Connections to MySQL of one gateway. */
  DATABASE_POOL: count(10, 2),
  /** `redis://…` or `rediss://…`. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** Embedded mode: the folder of the SQLite file and of the session secret. */
  DATA_DIR: z.string().default('./data'),
  /** Signs session tokens. The embedded mode makes one and keeps it in DATA_DIR. */
  SESSION_SECRET: z.string().min(32, 'has to have at least 32 characters').optional(),
  SESSION_DAYS: count(30, 1),
  /** Bearer token of a trusted server: acts with the role admin. Off where it is not set. */
  ADMIN_TOKEN: z.string().min(16, 'has to have at least 16 characters').optional(),
  /** Origins of browsers besides the host itself (P3), for example `https://example.org`. */
  ALLOWED_ORIGINS: list.default([]),
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  TRUSTED_PROXIES: addressRanges.prefault('127.0.0.0/8,::1'),
  /** Addresses on which no limit per address applies, and none of how many connections there are and what they send. */
  RATE_LIMIT_EXEMPT: addressRanges.prefault('127.0.0.0/8,::1'),
  /** Connections to this gateway at a time, of one address (an IPv6 /64) and of one user. 0: no limit. */
  CONNECTIONS_PER_ADDRESS: count(1_000),
  CONNECTIONS_PER_USER: count(50),
  /** Connections to this gateway at a time, through all of its doors; one more is sent elsewhere. 0: no limit. */
  MAX_CONNECTIONS: count(0),
  /** A gateway whose timers are late by more than this, all the time for 2 s, takes no new connections. 0: it does. */
  OVERLOAD_LAG_MS: count(500),
  /** Frames a second that one connection may send on average, and in one go. 0: no limit. */
  FRAME_RATE: count(100),
  FRAME_BURST: count(1_000, 1),
  /** Bytes a second of those frames on average, and in one go. 0: no limit. */
  BYTE_RATE: count(256 * 1024),
  BYTE_BURST: count(1024 * 1024, 1),
  /** Joins a second of one connection on average, and in one go: who comes back joins all rooms at once. 0: no limit. */
  JOIN_RATE: count(10),
  JOIN_BURST: count(100, 1),
  /** Rooms that one connection may be in at a time; the welcome names it. */
  ROOMS_PER_CONNECTION: count(LIMITS.rooms, 1),
  /** A connection that is silent for so long is pinged, and closed after twice that; the welcome names it. */
  HEARTBEAT_SECONDS: count(LIMITS.heartbeatMs / 1_000, 1),
  /** A request's headers have come within this time from its first byte, or from the connect; all of it within that. */
  HEADER_SECONDS: count(15, 1),
  REQUEST_SECONDS: count(60, 1),
  /** The largest body of a request under /api. */
  BODY_BYTES: count(64 * 1024, 1_024),
  /** Guests made a minute from one address. */
  GUESTS_PER_MINUTE: count(30, 1),
  /** Wrong passwords in a quarter of an hour: for one handle from one address, and from one address. */
  SIGN_IN_FAILURES: count(10, 1),
  SIGN_IN_FAILURES_PER_ADDRESS: count(100, 1),
  /** Messages a second that one user may send on average, and in one go. 0: no limit. */
  SEND_RATE: count(5),
  SEND_BURST: count(20, 1),
  /** Messages a second that a viewer is given of one room; what is more is thinned. 0: no limit. */
  VIEWER_BUDGET: count(40),
  /** Where the web app listens, if this gateway is to hand on what it does not serve itself. */
  WEB_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** This gateway's name in `welcome`, logs and metrics. */
  GATEWAY_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type AddressRange = z.infer<typeof Schema>['TRUSTED_PROXIES'][number];
export type Settings = Omit<z.infer<typeof Schema>, 'GATEWAY_ID'> & {
  GATEWAY_ID: string;
  pusher: PusherSettings;
};

export { SettingsError };

/**
 * The settings of one gateway, from its environment and, where `args` (the program's) or SOKETI_CONFIG_FILE name one, Soketi's
 * configuration file; an empty variable counts as none.
 *
 * @throws {SettingsError} naming each variable that is wrong, and what it should be.
 */
export function readSettings(
  environment: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const soketi = readSoketi(given, args);
  const filled = { ...filledBySoketi(soketi, given), ...given };
  const parsed = Schema.safeParse(filled);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(lines.join('\n'));
  }
  const settings = parsed.data;
  checkCluster(settings, given);
  checkPatience(settings);
  return {
    ...settings,
    GATEWAY_ID: settings.GATEWAY_ID ?? `${hostname()}-${randomBytes(3).toString('hex')}`,
    pusher: derivePusherSettings(soketi, {
      environment: given,
      databaseUrl: settings.DATABASE_URL,
      redisUrl: settings.REDIS_URL,
    }),
  };
}

/** What Soketi's own settings say for variables that are not set. */
function filledBySoketi(soketi: Soketi, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { options } = soketi;
  const filled: NodeJS.ProcessEnv = {};
  if (options.host !== undefined) filled['HOST'] = options.host;
  if (options.port !== undefined) filled['PORT'] = String(options.port);
  if (options.debug) filled['LOG_LEVEL'] = 'debug';
  const redisUrl = given['REDIS_URL'] ?? redisUrlOf(soketi);
  if (redisUrl) filled['REDIS_URL'] = redisUrl;
  // Without Redis, one gateway is alone, keeps its rooms in SQLite, and only reads its apps from MySQL.
  const isCluster = Boolean(redisUrl) && given['DATABASE_URL'] === undefined;
  if (isCluster && options['appManager.driver'] === 'mysql')
    filled['DATABASE_URL'] = mysqlUrlOf(soketi);
  return filled;
}

/** @throws {SettingsError} where a request would have less time than its headers, which Node does not take. */
function checkPatience({ HEADER_SECONDS, REQUEST_SECONDS }: z.infer<typeof Schema>): void {
  if (HEADER_SECONDS <= REQUEST_SECONDS) return;
  throw new SettingsError(
    'REQUEST_SECONDS: has to be at least HEADER_SECONDS, which is a part of it',
  );
}

/** @throws {SettingsError} where there is a part of what a cluster needs. */
function checkCluster(settings: z.infer<typeof Schema>, given: NodeJS.ProcessEnv): void {
  const { DATABASE_URL: database, REDIS_URL: redis } = settings;
  if (!database !== !redis) {
    const [there, missing] = database
      ? ['DATABASE_URL', 'REDIS_URL']
      : ['REDIS_URL', 'DATABASE_URL'];
    const why = given[there] ? '' : ' (a driver of Soketi asks for Redis)';
    throw new SettingsError(
      `${missing} is missing: ${there} is set${why}, and a cluster needs both. Set ${missing}, or neither for the embedded mode.`,
    );
  }
  if (database && !settings.SESSION_SECRET) {
    throw new SettingsError(
      'SESSION_SECRET is missing: every gateway of a cluster needs the same one, of at least 32 characters.',
    );
  }
}
