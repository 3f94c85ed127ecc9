import { z } from 'zod';
import { amount, count, flag, list, oneOf, text, texts } from './kinds';

/** `variable` is without its prefix `SOKETI_`; null where only the configuration file has it. */
const option = <S extends z.ZodType>(variable: string | null, schema: S) => ({ variable, schema });

const PORT_MAX = 65_535;
const host = text.pipe(z.string().regex(/^[^\s/@?#]+$/, 'has to be the name or address of a host'));
const port = count(0, PORT_MAX);
/** Of Soketi's cluster of Redis, or of its sentinels. */
const nodes = list.nullable().default([]);

/** Every option of Soketi that means something here, by its key in the configuration file, with its variable. */
export const OPTIONS = {
  'adapter.driver': option(
    'ADAPTER_DRIVER',
    oneOf('local', 'redis', 'cluster', 'nats').default('local'),
  ),
  'adapter.redis.clusterMode': option('ADAPTER_REDIS_CLUSTER_MODE', flag.default(false)),
  'appManager.driver': option(
    'APP_MANAGER_DRIVER',
    oneOf('array', 'mysql', 'postgres', 'dynamodb').default('array'),
  ),
  'appManager.array.apps': option(null, list.default([])),
  'appManager.cache.enabled': option('APP_MANAGER_CACHE_ENABLED', flag.default(false)),
  /** Seconds. */
  'appManager.cache.ttl': option('APP_MANAGER_CACHE_TTL', count(-1).default(-1)),
  'appManager.mysql.table': option(
    'APP_MANAGER_MYSQL_TABLE',
    text
      .pipe(z.string().regex(/^[\w$-]+(\.[\w$-]+)?$/, 'has to be the name of a table'))
      .default('apps'),
  ),
  'cache.driver': option('CACHE_DRIVER', oneOf('memory', 'redis').default('memory')),
  'cache.redis.clusterMode': option('CACHE_REDIS_CLUSTER_MODE', flag.default(false)),
  'channelLimits.maxNameLength': option('CHANNEL_LIMITS_MAX_NAME_LENGTH', count(1).default(200)),
  /** Seconds. */
  'channelLimits.cacheTtl': option('CHANNEL_CACHE_TTL', count(1).default(3_600)),
  'cors.credentials': option(null, flag.default(true)),
  'cors.origin': option(null, texts.default(['*'])),
  'cors.methods': option(null, texts.default(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])),
  'cors.allowedHeaders': option(
    null,
    texts.default([
      'Origin',
      'Content-Type',
      'X-Auth-Token',
      'X-Requested-With',
      'Accept',
      'Authorization',
      'X-CSRF-TOKEN',
      'XSRF-TOKEN',
      'X-Socket-Id',
    ]),
  ),
  'database.mysql.host': option('DB_MYSQL_HOST', host.default('127.0.0.1')),
  'database.mysql.port': option('DB_MYSQL_PORT', port.default(3_306)),
  'database.mysql.user': option('DB_MYSQL_USERNAME', text.default('root')),
  'database.mysql.password': option('DB_MYSQL_PASSWORD', text.optional()),
  'database.mysql.database': option('DB_MYSQL_DATABASE', text.default('main')),
  'database.redis.host': option('DB_REDIS_HOST', host.default('127.0.0.1')),
  'database.redis.port': option('DB_REDIS_PORT', port.default(6_379)),
  'database.redis.db': option('DB_REDIS_DB', count(0).default(0)),
  'database.redis.username': option('DB_REDIS_USERNAME', text.nullable().default(null)),
  'database.redis.password': option('DB_REDIS_PASSWORD', text.nullable().default(null)),
  'database.redis.sentinels': option('DB_REDIS_SENTINELS', nodes),
  'database.redis.clusterNodes': option('DB_REDIS_CLUSTER_NODES', nodes),
  debug: option('DEBUG', flag.default(false)),
  'eventLimits.maxBatchSize': option('EVENT_MAX_BATCH_SIZE', count(1).default(10)),
  'eventLimits.maxChannelsAtOnce': option('EVENT_MAX_CHANNELS_AT_ONCE', count(1).default(100)),
  'eventLimits.maxNameLength': option('EVENT_MAX_NAME_LENGTH', count(1).default(200)),
  'eventLimits.maxPayloadInKb': option('EVENT_MAX_SIZE_IN_KB', amount(0).default(100)),
  host: option('HOST', text.optional()),
  'httpApi.requestLimitInMb': option(null, amount(0).default(100)),
  'httpApi.acceptTraffic.memoryThreshold': option(
    'HTTP_ACCEPT_TRAFFIC_MEMORY_THRESHOLD',
    amount(0).default(85),
  ),
  'metrics.driver': option('METRICS_DRIVER', oneOf('prometheus').default('prometheus')),
  'metrics.enabled': option('METRICS_ENABLED', flag.default(false)),
  'metrics.host': option('METRICS_HOST', text.default('0.0.0.0')),
  'metrics.port': option('METRICS_SERVER_PORT', port.default(9_601)),
  'metrics.prometheus.prefix': option(
    'METRICS_PROMETHEUS_PREFIX',
    text
      .pipe(z.string().regex(/^([a-zA-Z_:][\w:]*)?$/, 'has to begin the name of a metric'))
      .default('soketi_'),
  ),
  pathPrefix: option(
    'PATH_PREFIX',
    text
      .pipe(z.string().regex(/^(\/[^?#\s]*)?$/, 'has to begin with "/"'))
      .transform((path) => path.replace(/\/+$/, ''))
      .default(''),
  ),
  port: option('PORT', port.optional()),
  'presence.maxMembersPerChannel': option('PRESENCE_MAX_MEMBERS', count(1).default(100)),
  'presence.maxMemberSizeInKb': option('PRESENCE_MAX_MEMBER_SIZE', amount(0).default(2)),
  'queue.driver': option('QUEUE_DRIVER', oneOf('sync', 'redis', 'sqs').default('sync')),
  'queue.redis.clusterMode': option('QUEUE_REDIS_CLUSTER_MODE', flag.default(false)),
  'rateLimiter.driver': option(
    'RATE_LIMITER_DRIVER',
    oneOf('local', 'redis', 'cluster').default('local'),
  ),
  'rateLimiter.redis.clusterMode': option('RATE_LIMITER_REDIS_CLUSTER_MODE', flag.default(false)),
  'ssl.certPath': option('SSL_CERT', text.default('')),
  'ssl.keyPath': option('SSL_KEY', text.default('')),
  'ssl.passphrase': option('SSL_PASS', text.default('')),
  'ssl.caPath': option('SSL_CA', text.default('')),
  /** Milliseconds. */
  userAuthenticationTimeout: option('USER_AUTHENTICATION_TIMEOUT', count(1).default(30_000)),
  'webhooks.batching.enabled': option('WEBHOOKS_BATCHING', flag.default(false)),
  /** Milliseconds. */
  'webhooks.batching.duration': option('WEBHOOKS_BATCHING_DURATION', count(0).default(50)),
};

export type OptionKey = keyof typeof OPTIONS;
export type SoketiOptions = { [K in OptionKey]: z.infer<(typeof OPTIONS)[K]['schema']> };

/** The variables of the default app, without `SOKETI_DEFAULT_APP_`: each is a field of the first app of the file. */
export const DEFAULT_APP_FIELDS: Readonly<Record<string, string>> = {
  ID: 'id',
  KEY: 'key',
  SECRET: 'secret',
  MAX_CONNS: 'maxConnections',
  ENABLED: 'enabled',
  ENABLE_CLIENT_MESSAGES: 'enableClientMessages',
  MAX_BACKEND_EVENTS_PER_SEC: 'maxBackendEventsPerSecond',
  MAX_CLIENT_EVENTS_PER_SEC: 'maxClientEventsPerSecond',
  MAX_READ_REQ_PER_SEC: 'maxReadRequestsPerSecond',
  USER_AUTHENTICATION: 'enableUserAuthentication',
  WEBHOOKS: 'webhooks',
};
