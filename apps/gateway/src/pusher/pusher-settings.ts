import { accessSync, constants } from 'node:fs';
import { z } from 'zod';
import { SettingsError } from '../settings-error';
import type { PusherApp } from './app';
import { parseApp, type AppDefaults } from './apps/parse-app';
import { flag, text } from './soketi/kinds';
import type { Soketi } from './soketi/read-soketi';
import type { AwsCredentials } from './webhooks/lambda-invocation';
import { isSameMysql, manyRedisOf, mysqlUrlOf, saysMysql } from './soketi/servers';

/** An app table that changes is read again at least this often where Soketi's cache is off. */
const UNCACHED_TTL_MS = 5_000;
const BYTES_PER_MB = 1024 * 1024;

/** Where the apps are. */
type AppsSettings =
  | { readonly driver: 'array'; readonly apps: readonly PusherApp[] }
  | {
      readonly driver: 'mysql';
      readonly table: string;
      /** Null: the table is in the database of DATABASE_URL. Has a password. */
      readonly url: string | null;
      /** How long a row that was read counts. */
      readonly ttlMs: number;
    };

export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
  /** Empty: none. */
  readonly passphrase: string;
  /** Empty: none. */
  readonly caPath: string;
}

/** What the Pusher side of a gateway is told by its environment and Soketi's configuration file. */
export interface PusherSettings {
  readonly apps: AppsSettings;
  /** What an app may do where it says nothing itself. */
  readonly appDefaults: AppDefaults;
  /** The id of the app whose `room.*` and `presence-room.*` channels are rooms; null: there is none. */
  readonly roomsApp: string | null;
  /** Empty, or with a slash before and none behind. */
  readonly pathPrefix: string;
  readonly tlsOnly: boolean;
  /** The host name by which clients of the HTTP fallback reach this gateway and no other; null where there is none. */
  readonly fallbackHost: string | null;
  readonly tls: TlsFiles | null;
  /** Within this time a connection of an app with authorized connections signs in or joins. */
  readonly userAuthenticationTimeoutMs: number;
  /** How long a cache channel remembers its last event. */
  readonly channelCacheTtlSeconds: number;
  /** The largest body of a request to the HTTP API. */
  readonly requestLimitBytes: number;
  /** Percent of the memory that V8 may have, above which no more traffic is asked for. */
  readonly acceptTrafficThresholdPercent: number;
  readonly cors: {
    readonly credentials: boolean;
    readonly origin: readonly string[];
    readonly methods: readonly string[];
    readonly allowedHeaders: readonly string[];
  };
  readonly webhookBatching: { readonly enabled: boolean; readonly durationMs: number };
  /** Of Lambda functions whose webhooks have none. */
  readonly awsCredentials: AwsCredentials | null;
  /** The server of Soketi's metrics, on a port of its own. */
  readonly metrics: {
    readonly enabled: boolean;
    readonly host: string;
    readonly port: number;
    readonly prefix: string;
  };
  /** `redis`: limits count over all gateways; `local`: each gateway counts for itself. */
  readonly rateLimiter: 'local' | 'redis';
  /** Settings of Soketi that are set and mean nothing here, with the reason, a line each. */
  readonly ignored: readonly string[];
}

const Own = z.object({
  /** Connections that came without TLS are refused with 4000. */
  PUSHER_TLS_ONLY: flag.default(false),
  PUSHER_ROOMS_APP: text.optional(),
  /** A name without a port: clients stay with the port and the scheme that they have. */
  PUSHER_FALLBACK_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, 'has to be a host name')
    .optional(),
  /** As the AWS SDK has them. */
  AWS_ACCESS_KEY_ID: text.optional(),
  AWS_SECRET_ACCESS_KEY: text.optional(),
  AWS_SESSION_TOKEN: text.optional(),
});

/** The default app of a gateway that is tried out: as Soketi's, and it may send client events. */
const EMBEDDED_APP = {
  id: 'app-id',
  key: 'app-key',
  secret: 'app-secret',
  enableClientMessages: true,
};

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this gateway; absent in the embedded mode. */
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
}

function readOwn(environment: Surroundings['environment']): z.infer<typeof Own> {
  const parsed = Own.safeParse(environment);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new SettingsError(lines.join('\n'));
}

function appDefaultsOf({ options }: Soketi): AppDefaults {
  return {
    maxPresenceMembersPerChannel: options['presence.maxMembersPerChannel'],
    maxPresenceMemberSizeInKb: options['presence.maxMemberSizeInKb'],
    maxChannelNameLength: options['channelLimits.maxNameLength'],
    maxEventChannelsAtOnce: options['eventLimits.maxChannelsAtOnce'],
    maxEventNameLength: options['eventLimits.maxNameLength'],
    maxEventPayloadInKb: options['eventLimits.maxPayloadInKb'],
    maxEventBatchSize: options['eventLimits.maxBatchSize'],
  };
}

/** @throws {SettingsError} naming the setting that is wrong, and what it should be. */
export function derivePusherSettings(soketi: Soketi, around: Surroundings): PusherSettings {
  const { options } = soketi;
  const own = readOwn(around.environment);
  const appDefaults = appDefaultsOf(soketi);
  const apps = appsSettings(soketi, appDefaults, around);
  const isShared = options['rateLimiter.driver'] !== 'local' && around.redisUrl !== undefined;
  return {
    apps,
    appDefaults,
    roomsApp: roomsApp(apps, own.PUSHER_ROOMS_APP),
    pathPrefix: options.pathPrefix,
    tlsOnly: own.PUSHER_TLS_ONLY,
    fallbackHost: own.PUSHER_FALLBACK_HOST ?? null,
    tls: tlsFiles(soketi),
    userAuthenticationTimeoutMs: options.userAuthenticationTimeout,
    channelCacheTtlSeconds: options['channelLimits.cacheTtl'],
    requestLimitBytes: Math.floor(options['httpApi.requestLimitInMb'] * BYTES_PER_MB),
    acceptTrafficThresholdPercent: options['httpApi.acceptTraffic.memoryThreshold'],
    cors: {
      credentials: options['cors.credentials'],
      origin: options['cors.origin'],
      methods: options['cors.methods'],
      allowedHeaders: options['cors.allowedHeaders'],
    },
    webhookBatching: {
      enabled: options['webhooks.batching.enabled'],
      durationMs: options['webhooks.batching.duration'],
    },
    awsCredentials: awsCredentials(own),
    metrics: {
      enabled: options['metrics.enabled'],
      host: options['metrics.host'],
      port: options['metrics.port'],
      prefix: options['metrics.prometheus.prefix'],
    },
    rateLimiter: isShared ? 'redis' : 'local',
    ignored: [...soketi.meaningless, ...overruled(soketi, around)],
  };
}

function appsSettings(soketi: Soketi, defaults: AppDefaults, around: Surroundings): AppsSettings {
  const { options, nameOf } = soketi;
  const driver = options['appManager.driver'];
  switch (driver) {
    case 'array':
      return { driver, apps: staticApps(soketi, defaults, around) };
    case 'mysql': {
      const { databaseUrl } = around;
      const isHere = databaseUrl && (!saysMysql(soketi) || isSameMysql(soketi, databaseUrl));
      const ttl = options['appManager.cache.ttl'];
      return {
        driver,
        table: options['appManager.mysql.table'],
        url: isHere ? null : mysqlUrlOf(soketi),
        ttlMs: options['appManager.cache.enabled'] && ttl >= 0 ? ttl * 1_000 : UNCACHED_TTL_MS,
      };
    }
    case 'postgres':
    case 'dynamodb':
      throw new SettingsError(
        `${nameOf('appManager.driver')}: apps cannot be read from "${driver}": copy them into a MySQL table with the same columns and set "mysql", or list them in appManager.array.apps of a configuration file and set "array"`,
      );
  }
}

function staticApps(soketi: Soketi, defaults: AppDefaults, around: Surroundings): PusherApp[] {
  const isEmbedded = around.databaseUrl === undefined;
  const [first, ...others] = soketi.apps;
  const { enableClientMessages, ...identity } = EMBEDDED_APP;
  let given = soketi.apps;
  if (isEmbedded && !first) given = [{ ...identity, enableClientMessages }];
  else if (isEmbedded && soketi.defaultAppVariables.length > 0)
    given = [{ ...identity, ...first }, ...others];
  const apps: PusherApp[] = [];
  const problems: string[] = [];
  for (const [i, fields] of given.entries()) {
    const parsed = parseApp(fields, defaults);
    for (const problem of parsed.problems) {
      const [field = '', ...rest] = problem.split(': ');
      const [name = '', ...path] = field.split('.');
      const where = [soketi.nameOfAppField(i, name), ...path].join('.');
      problems.push(`${where}: ${rest.join(': ')}`);
    }
    const { app } = parsed;
    if (app && apps.some(({ id, key }) => id === app.id || key === app.key))
      problems.push(`${soketi.nameOfAppField(i, 'id')}: another app has the same id or key`);
    if (app) apps.push(app);
  }
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return apps;
}

function roomsApp(apps: AppsSettings, asked: string | undefined): string | null {
  if (apps.driver !== 'array') return asked ?? null;
  if (asked !== undefined && !apps.apps.some(({ id }) => id === asked))
    throw new SettingsError('PUSHER_ROOMS_APP: has to be the id of an app that is configured');
  return asked ?? apps.apps[0]?.id ?? null;
}

function awsCredentials(own: z.infer<typeof Own>): AwsCredentials | null {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = own;
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  return { accessKeyId, secretAccessKey, sessionToken: own.AWS_SESSION_TOKEN };
}

function tlsFiles({ options, nameOf }: Soketi): TlsFiles | null {
  const paths = ['ssl.certPath', 'ssl.keyPath', 'ssl.caPath'] as const;
  if (options['ssl.certPath'] === '' && options['ssl.keyPath'] === '') return null;
  for (const key of paths) {
    const path = options[key];
    if (path === '' && key === 'ssl.caPath') continue;
    if (path === '')
      throw new SettingsError(`${nameOf(key)} is missing: TLS needs a certificate and its key`);
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
      throw new SettingsError(`${nameOf(key)}: ${path} cannot be read (${reason})`);
    }
  }
  return {
    certPath: options['ssl.certPath'],
    keyPath: options['ssl.keyPath'],
    passphrase: options['ssl.passphrase'],
    caPath: options['ssl.caPath'],
  };
}

/** Settings that would mean something, were it not for other ones. */
function overruled(soketi: Soketi, around: Surroundings): string[] {
  const { options, nameOf, isGiven } = soketi;
  const isRedisNamed = around.environment['REDIS_URL'] !== undefined;
  const lines: [is: boolean, names: string, reason: string][] = [
    [
      options['appManager.driver'] !== 'array' && soketi.apps.length > 0,
      'SOKETI_DEFAULT_APP_*, appManager.array.apps',
      'apps are in the table of MySQL',
    ],
    [
      options['appManager.driver'] !== 'mysql' && saysMysql(soketi),
      'SOKETI_DB_MYSQL_*',
      `${nameOf('appManager.driver')} is not mysql`,
    ],
    [
      isRedisNamed && isGiven('database.redis.host'),
      'SOKETI_DB_REDIS_*',
      'REDIS_URL says where Redis is',
    ],
    [
      isRedisNamed && manyRedisOf(soketi).length > 0,
      manyRedisOf(soketi).map(nameOf).join(', '),
      'there is one Redis, that of REDIS_URL: no cluster of Redis, no sentinels',
    ],
    [
      isRedisNamed && ['nats', 'cluster'].includes(options['adapter.driver']),
      nameOf('adapter.driver'),
      'gateways talk to each other over Redis',
    ],
    [
      options['queue.driver'] === 'sqs',
      nameOf('queue.driver'),
      'webhooks wait in the database, and the gateways themselves send them',
    ],
  ];
  return lines.filter(([is]) => is).map(([, names, reason]) => `${names}: ${reason}`);
}
