interface Meaningless {
  /** Variables without `SOKETI_`; null where only the file has them. */
  readonly variables: RegExp | null;
  /** Keys of the configuration file. */
  readonly keys: RegExp;
  /** Why, and what is there instead. */
  readonly reason: string;
}

/** The settings of Soketi that mean nothing here. */
const MEANINGLESS: readonly Meaningless[] = [
  {
    variables: /^CLUSTER_/,
    keys: /^cluster\./,
    reason: 'gateways know of each other through Redis; nothing is to be discovered',
  },
  {
    variables: /^ADAPTER_(CLUSTER|REDIS)_REQUESTS_TIMEOUT$/,
    keys: /^adapter\.(cluster|redis)\.requestsTimeout$/,
    reason: 'no gateway asks another one, so none waits for an answer',
  },
  {
    variables: /^ADAPTER_NATS_/,
    keys: /^adapter\.nats\./,
    reason: 'gateways talk to each other over Redis, not NATS',
  },
  {
    variables: /^(ADAPTER_REDIS_PREFIX|DB_REDIS_KEY_PREFIX)$/,
    keys: /^(adapter\.redis\.prefix|database\.redis\.keyPrefix)$/,
    reason: 'every name in Redis begins with "hubbub:", so two clusters need a Redis each',
  },
  {
    variables: /^(ADAPTER|CACHE|QUEUE|RATE_LIMITER)_REDIS_(SUB_|PUB_)?OPTIONS$/,
    keys: /^(adapter|cache|queue|rateLimiter)\.redis\.redis(Sub|Pub)?Options/,
    reason: 'REDIS_URL says all of the connection; with rediss:// it goes by TLS',
  },
  {
    variables: /^(ADAPTER_REDIS_SHARD_MODE|DB_REDIS_(SENTINEL_PASSWORD|INSTANCE_NAME))$/,
    keys: /^(adapter\.redis\.shardMode|database\.redis\.(sentinelPassword|name))$/,
    reason: 'there is one Redis, that of REDIS_URL: no cluster of Redis, no sentinels',
  },
  {
    variables: /^QUEUE_(SQS_|REDIS_CONCURRENCY$)/,
    keys: /^queue\.(sqs\.|redis\.concurrency$)/,
    reason: 'webhooks wait in the database, and the gateways themselves send them',
  },
  {
    variables: /^(APP_MANAGER_DYNAMODB_|APP_MANAGER_POSTGRES_|DB_POSTGRES_)/,
    keys: /^(appManager\.(dynamodb|postgres)|database\.postgres)\./,
    reason: 'apps are in MySQL (SOKETI_APP_MANAGER_DRIVER=mysql) or in the configuration',
  },
  {
    variables: /^APP_MANAGER_MYSQL_(VERSION|USE_V2)$/,
    keys: /^appManager\.mysql\.(version|useMysql2)$/,
    reason: 'one driver serves every version of MySQL and MariaDB',
  },
  {
    variables: /^DB_POOLING_/,
    keys: /^databasePooling\./,
    reason: 'connections are always pooled; DATABASE_POOL says how many there are',
  },
  {
    variables: /^MODE$/,
    keys: /^mode$/,
    reason: 'every gateway takes connections and sends webhooks; there are no workers',
  },
  {
    variables: /^SHUTDOWN_GRACE_PERIOD$/,
    keys: /^shutdownGracePeriod$/,
    reason: 'a drain closes connections within 2 s and ends when what is in flight is finished',
  },
  {
    variables: null,
    keys: /^instance\./,
    reason: 'GATEWAY_ID is the name of a gateway',
  },
];

/** Variables that Kubernetes sets by itself for a service of the name `soketi`. */
const SERVICE_LINK = /(^|_)(SERVICE_(HOST|PORT)|PORT)(_|$)/;

const isNothing = (value: unknown) =>
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** A setting that is there: by its variable without `SOKETI_`, or by its key in the file. */
export type GivenSetting = { variable: string } | { key: string; value: unknown };

/** One line for each reason, with the settings that it is the reason for. */
export function explainMeaningless(given: readonly GivenSetting[]): string[] {
  const names = new Map<string, string[]>();
  for (const setting of given) {
    const isVariable = 'variable' in setting;
    if (!isVariable && isNothing(setting.value)) continue;
    const found = MEANINGLESS.find(({ variables, keys }) =>
      isVariable ? variables?.test(setting.variable) : keys.test(setting.key),
    );
    if (!found && isVariable && SERVICE_LINK.test(setting.variable)) continue;
    const reason = found?.reason ?? 'neither Soketi nor Hubbub has such a setting';
    const name = isVariable ? `SOKETI_${setting.variable}` : setting.key;
    names.set(reason, [...(names.get(reason) ?? []), name]);
  }
  return [...names].map(([reason, settings]) => `${settings.join(', ')}: ${reason}`);
}
