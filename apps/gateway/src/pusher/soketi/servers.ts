import { SettingsError } from '../../settings-error';
import type { Soketi } from './read-soketi';
import type { OptionKey } from './soketi-options';

/** The parts of Soketi that have a driver which asks for Redis. */
const DRIVERS = ['adapter.driver', 'cache.driver', 'queue.driver', 'rateLimiter.driver'] as const;
const CLUSTER_MODES = [
  'adapter.redis.clusterMode',
  'cache.redis.clusterMode',
  'queue.redis.clusterMode',
  'rateLimiter.redis.clusterMode',
] as const;
const MYSQL: readonly OptionKey[] = [
  'database.mysql.host',
  'database.mysql.port',
  'database.mysql.user',
  'database.mysql.password',
  'database.mysql.database',
];

const NODES = ['database.redis.clusterNodes', 'database.redis.sentinels'] as const;

/** An address within a URL: IPv6 in brackets. */
const hostOf = (host: string) => (host.includes(':') ? `[${host}]` : host);

/**
 * The Redis that Soketi's drivers ask for, as a URL; null where none does.
 *
 * @throws {SettingsError} where they ask for what is not there, and no REDIS_URL says what to take instead.
 */
export function redisUrlOf(soketi: Soketi): string | null {
  const { options, nameOf } = soketi;
  const adapter = options['adapter.driver'];
  if (adapter === 'nats' || adapter === 'cluster') {
    throw new SettingsError(
      `${nameOf('adapter.driver')}: gateways talk to each other over Redis, not "${adapter}": set REDIS_URL and DATABASE_URL, or "local" for one gateway alone`,
    );
  }
  if (!DRIVERS.some((key) => options[key] === 'redis')) return null;
  const [manyRedis] = manyRedisOf(soketi);
  if (manyRedis) {
    throw new SettingsError(
      `${nameOf(manyRedis)}: there is no support for Redis Cluster or sentinels: set REDIS_URL to one Redis, redis://… or rediss://…`,
    );
  }
  const user = encodeURIComponent(options['database.redis.username'] ?? '');
  const password = options['database.redis.password'];
  const who = password === null ? user && `${user}@` : `${user}:${encodeURIComponent(password)}@`;
  const where = `${hostOf(options['database.redis.host'])}:${String(options['database.redis.port'])}`;
  return `redis://${who}${where}/${String(options['database.redis.db'])}`;
}

/** The settings that ask for more than one Redis. */
export function manyRedisOf({ options }: Soketi): OptionKey[] {
  const modes = CLUSTER_MODES.filter((key) => options[key]);
  return [...modes, ...NODES.filter((key) => (options[key] ?? []).length > 0)];
}

/** Whether anything says where Soketi's MySQL is. */
export const saysMysql = (soketi: Soketi) => MYSQL.some((key) => soketi.isGiven(key));

/** Whether Soketi's MySQL is the one of `url`. */
export function isSameMysql({ options }: Soketi, url: string): boolean {
  const { hostname, port, pathname } = new URL(url);
  return (
    hostname === hostOf(options['database.mysql.host']) &&
    Number(port || 3_306) === options['database.mysql.port'] &&
    decodeURIComponent(pathname.slice(1)) === options['database.mysql.database']
  );
}

/** Soketi's MySQL as a URL. @throws {SettingsError} where its password is not given: none has a default. */
export function mysqlUrlOf({ options, nameOf }: Soketi): string {
  const password = options['database.mysql.password'];
  if (password === undefined) {
    throw new SettingsError(
      `${nameOf('database.mysql.password')} is missing: ${nameOf('appManager.driver')} is mysql, and no password has a default here. Set it, or DATABASE_URL.`,
    );
  }
  const who = [options['database.mysql.user'], password].map(encodeURIComponent).join(':');
  const where = `${hostOf(options['database.mysql.host'])}:${String(options['database.mysql.port'])}`;
  return `mysql://${who}@${where}/${encodeURIComponent(options['database.mysql.database'])}`;
}
