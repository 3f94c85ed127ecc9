import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../env';

const CLUSTER = {
  DATABASE_URL: 'mysql://hubbub:pw@db/hubbub',
  REDIS_URL: 'redis://cache',
  SESSION_SECRET: 'a secret of at least 32 characters',
};
const APP = {
  SOKETI_DEFAULT_APP_ID: '1',
  SOKETI_DEFAULT_APP_KEY: 'key',
  SOKETI_DEFAULT_APP_SECRET: 'hush-hush',
};

const pusher = (environment: NodeJS.ProcessEnv) => readSettings(environment).pusher;
const apps = (environment: NodeJS.ProcessEnv) => {
  const settings = pusher(environment).apps;
  if (settings.driver !== 'array') throw new TypeError('apps are in a table');
  return settings.apps;
};
const problemOf = (environment: NodeJS.ProcessEnv): string => {
  try {
    readSettings(environment);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing is wrong');
};

describe('the default app', () => {
  it('is there in the embedded mode, with client events', () => {
    expect(apps({})).toMatchObject([
      { id: 'app-id', key: 'app-key', secret: 'app-secret', enableClientMessages: true },
    ]);
    expect(pusher({}).roomsApp).toBe('app-id');
  });

  it('is as in Soketi where a variable says anything of it', () => {
    expect(apps({ SOKETI_DEFAULT_APP_KEY: '42' })).toMatchObject([
      { id: 'app-id', key: '42', secret: 'app-secret', enableClientMessages: false },
    ]);
  });

  it('is not there in a cluster, unless its id, key and secret are', () => {
    expect(apps(CLUSTER)).toEqual([]);
    expect(pusher(CLUSTER).roomsApp).toBeNull();
    expect(apps({ ...CLUSTER, ...APP })).toMatchObject([{ id: '1', key: 'key' }]);
    const { SOKETI_DEFAULT_APP_SECRET: _, ...part } = APP;
    expect(problemOf({ ...CLUSTER, ...part })).toBe('SOKETI_DEFAULT_APP_SECRET: is missing');
    const more = { SOKETI_DEFAULT_APP_MAX_CONNS: '3' };
    expect(problemOf({ ...CLUSTER, ...more })).toContain('SOKETI_DEFAULT_APP_ID: is missing');
  });

  it('has all that its variables say', () => {
    const webhooks = [{ url: 'https://example.org/hook', event_types: ['member_added'] }];
    const [app] = apps({
      ...APP,
      SOKETI_DEFAULT_APP_MAX_CONNS: '10',
      SOKETI_DEFAULT_APP_ENABLED: 'false',
      SOKETI_DEFAULT_APP_ENABLE_CLIENT_MESSAGES: 'true',
      SOKETI_DEFAULT_APP_MAX_BACKEND_EVENTS_PER_SEC: '11',
      SOKETI_DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SEC: '12',
      SOKETI_DEFAULT_APP_MAX_READ_REQ_PER_SEC: '13',
      SOKETI_DEFAULT_APP_USER_AUTHENTICATION: '1',
      SOKETI_DEFAULT_APP_WEBHOOKS: JSON.stringify(webhooks),
      SOKETI_PRESENCE_MAX_MEMBERS: '7',
    });
    expect(app).toMatchObject({
      maxConnections: 10,
      enabled: false,
      enableClientMessages: true,
      maxBackendEventsPerSecond: 11,
      maxClientEventsPerSecond: 12,
      maxReadRequestsPerSecond: 13,
      enableUserAuthentication: true,
      maxPresenceMembersPerChannel: 7,
      webhooks: [{ target: { url: 'https://example.org/hook' }, eventTypes: ['member_added'] }],
    });
  });

  it('is refused with the name of what is wrong, and without its secrets', () => {
    const webhooks = JSON.stringify([{ url: 'hush://hush', event_types: ['foo'] }]);
    const problem = problemOf({
      ...APP,
      SOKETI_DEFAULT_APP_WEBHOOKS: webhooks,
      SOKETI_DEFAULT_APP_MAX_CONNS: 'hush',
    });
    expect(problem.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'SOKETI_DEFAULT_APP_WEBHOOKS.0.url',
      'SOKETI_DEFAULT_APP_WEBHOOKS.0.event_types.0',
      'SOKETI_DEFAULT_APP_MAX_CONNS',
    ]);
    expect(problem).not.toContain('hush');
    expect(problemOf({ ...APP, SOKETI_DEFAULT_APP_WEBHOOKS: '[hush' })).toBe(
      'SOKETI_DEFAULT_APP_WEBHOOKS: has to be a list in JSON',
    );
  });
});

describe('what the Pusher side is told', () => {
  it('has the defaults of Soketi', () => {
    expect(pusher({})).toMatchObject({
      pathPrefix: '',
      tlsOnly: false,
      fallbackHost: null,
      tls: null,
      userAuthenticationTimeoutMs: 30_000,
      channelCacheTtlSeconds: 3_600,
      requestLimitBytes: 100 * 1024 * 1024,
      acceptTrafficThresholdPercent: 85,
      webhookBatching: { enabled: false, durationMs: 50 },
      metrics: { enabled: false, host: '0.0.0.0', port: 9_601, prefix: 'soketi_' },
      rateLimiter: 'local',
      ignored: [],
    });
  });

  it('has what the environment says', () => {
    const settings = pusher({
      ...CLUSTER,
      ...APP,
      PUSHER_TLS_ONLY: 'true',
      PUSHER_ROOMS_APP: '1',
      PUSHER_FALLBACK_HOST: 'gw-1.example.org',
      SOKETI_PATH_PREFIX: '/ws/',
      SOKETI_USER_AUTHENTICATION_TIMEOUT: '1000',
      SOKETI_CHANNEL_CACHE_TTL: '60',
      SOKETI_HTTP_ACCEPT_TRAFFIC_MEMORY_THRESHOLD: '70.5',
      SOKETI_WEBHOOKS_BATCHING: 'true',
      SOKETI_WEBHOOKS_BATCHING_DURATION: '20',
      SOKETI_METRICS_ENABLED: 'true',
      SOKETI_METRICS_SERVER_PORT: '9000',
      SOKETI_METRICS_PROMETHEUS_PREFIX: 'ws_',
      SOKETI_RATE_LIMITER_DRIVER: 'cluster',
    });
    expect(settings).toMatchObject({
      pathPrefix: '/ws',
      tlsOnly: true,
      roomsApp: '1',
      fallbackHost: 'gw-1.example.org',
      userAuthenticationTimeoutMs: 1_000,
      channelCacheTtlSeconds: 60,
      acceptTrafficThresholdPercent: 70.5,
      webhookBatching: { enabled: true, durationMs: 20 },
      metrics: { enabled: true, host: '0.0.0.0', port: 9_000, prefix: 'ws_' },
      rateLimiter: 'redis',
    });
    expect(pusher({ SOKETI_RATE_LIMITER_DRIVER: 'cluster' }).rateLimiter).toBe('local');
  });

  it('has the credentials of AWS that are in the environment, if they are whole', () => {
    const aws = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: '123' };
    expect(pusher(aws).awsCredentials).toEqual({ accessKeyId: 'id', secretAccessKey: '123' });
    expect(pusher({ ...aws, AWS_SESSION_TOKEN: 't' }).awsCredentials?.sessionToken).toBe('t');
    expect(pusher({ AWS_ACCESS_KEY_ID: 'id' }).awsCredentials).toBeNull();
  });

  it.each([
    ['PUSHER_TLS_ONLY', 'maybe'],
    ['PUSHER_ROOMS_APP', 'another'],
    ['PUSHER_FALLBACK_HOST', 'gw-1:8080'],
    ['SOKETI_PATH_PREFIX', 'ws'],
    ['SOKETI_EVENT_MAX_SIZE_IN_KB', 'large'],
    ['SOKETI_PRESENCE_MAX_MEMBERS', '1.5'],
    ['SOKETI_CHANNEL_LIMITS_MAX_NAME_LENGTH', '-1'],
    ['SOKETI_METRICS_DRIVER', 'statsd'],
    ['SOKETI_DB_REDIS_HOST', 'a@b'],
    ['SOKETI_DEFAULT_APP_ID', 'a b'],
  ])('is refused by the name of what is wrong: %s=%s', (name, value) => {
    expect(problemOf({ [name]: value }).startsWith(`${name}: has to be`)).toBe(true);
  });

  it('names the files of TLS that are missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-tls-'));
    try {
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      await writeFile(cert, '');
      const half = { SOKETI_SSL_CERT: cert, SOKETI_SSL_PASS: 'hush' };
      expect(problemOf(half)).toContain('SOKETI_SSL_KEY is missing');
      const whole = { ...half, SOKETI_SSL_KEY: key };
      expect(problemOf(whole)).toBe(`SOKETI_SSL_KEY: ${key} cannot be read (ENOENT)`);
      await writeFile(key, '');
      expect(pusher(whole).tls).toEqual({
        certPath: cert,
        keyPath: key,
        passphrase: 'hush',
        caPath: '',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('caches apps for a few seconds where Soketi would not cache', () => {
    const mysql = { SOKETI_APP_MANAGER_DRIVER: 'mysql', SOKETI_DB_MYSQL_PASSWORD: 'pw' };
    const ttlMs = (more: NodeJS.ProcessEnv) => {
      const settings = pusher({ ...mysql, ...more }).apps;
      return settings.driver === 'mysql' ? settings.ttlMs : null;
    };
    const cached = { SOKETI_APP_MANAGER_CACHE_ENABLED: 'true' };
    expect(ttlMs({})).toBe(5_000);
    expect(ttlMs({ SOKETI_APP_MANAGER_CACHE_TTL: '60' })).toBe(5_000);
    expect(ttlMs(cached)).toBe(5_000);
    expect(ttlMs({ ...cached, SOKETI_APP_MANAGER_CACHE_TTL: '60' })).toBe(60_000);
    expect(pusher({ ...mysql, ...APP }).ignored).toHaveLength(1);
  });

  it('names what means nothing here, a line for each reason', () => {
    const { ignored } = pusher({
      SOKETI_CLUSTER_PORT: '11002',
      SOKETI_CLUSTER_PREFIX: 'a',
      SOKETI_ADAPTER_NATS_PASSWORD: 'hush',
      SOKETI_MODE: 'worker',
      SOKETI_QUEUE_DRIVER: 'sqs',
      SOKETI_QUEUE_SQS_URL: 'hush',
      SOKETI_SHUTDOWN_GRACE_PERIOD: '3000',
      SOKETI_DB_POOLING_MAX: '7',
      SOKETI_DEFALT_APP_ID: 'hush',
    });
    expect(ignored.map((line) => line.split(': ')[0])).toEqual([
      'SOKETI_CLUSTER_PORT, SOKETI_CLUSTER_PREFIX',
      'SOKETI_ADAPTER_NATS_PASSWORD',
      'SOKETI_MODE',
      'SOKETI_QUEUE_SQS_URL',
      'SOKETI_SHUTDOWN_GRACE_PERIOD',
      'SOKETI_DB_POOLING_MAX',
      'SOKETI_DEFALT_APP_ID',
      'SOKETI_QUEUE_DRIVER',
    ]);
    expect(ignored.join('\n')).not.toContain('hush');
  });
});
