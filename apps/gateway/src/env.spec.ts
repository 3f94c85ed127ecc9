import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, SettingsError } from './env';

const SESSION_SECRET = 'a secret of at least 32 characters';
const CLUSTER = {
  DATABASE_URL: 'mysql://hubbub:pw@db/hubbub',
  REDIS_URL: 'redis://cache',
  SESSION_SECRET,
};

/** What `readSettings` says is wrong. */
function problemOf(environment: NodeJS.ProcessEnv, args: string[] = []): string {
  try {
    readSettings(environment, args);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('nothing is wrong');
}

describe('settings', () => {
  it('need nothing in the embedded mode', () => {
    const settings = readSettings({ PORT: '', GATEWAY_ID: 'one' });
    expect(settings).toMatchObject({ PORT: 8080, HOST: '0.0.0.0', GATEWAY_ID: 'one' });
    expect(settings.DATABASE_URL).toBeUndefined();
    expect(settings.REDIS_URL).toBeUndefined();
    expect(settings.VIEWER_BUDGET).toBe(40);
  });

  it('name the variable that is wrong, and what is missing for a cluster', () => {
    expect(problemOf({ PORT: 'http' })).toMatch(/^PORT: /);
    const { DATABASE_URL, REDIS_URL } = CLUSTER;
    expect(problemOf({ DATABASE_URL })).toContain('REDIS_URL is missing');
    expect(problemOf({ REDIS_URL })).toContain('DATABASE_URL is missing');
    expect(problemOf({ DATABASE_URL, REDIS_URL })).toContain('SESSION_SECRET is missing');
    expect(readSettings(CLUSTER)).toMatchObject(CLUSTER);
  });
});

describe('limits', () => {
  it('are off at 0 where there may be none, and refused where there has to be one', () => {
    const off = { CONNECTIONS_PER_ADDRESS: '0', FRAME_RATE: '0', BYTE_RATE: '0', JOIN_RATE: '0' };
    expect(readSettings(off)).toMatchObject({ CONNECTIONS_PER_ADDRESS: 0, FRAME_RATE: 0 });
    expect(problemOf({ FRAME_RATE: '-1' })).toMatch(/^FRAME_RATE: /);
    expect(problemOf({ FRAME_BURST: '0' })).toMatch(/^FRAME_BURST: /);
    expect(problemOf({ HEADER_SECONDS: '61' })).toMatch(/^REQUEST_SECONDS: /);
  });
});

describe('settings of Soketi', () => {
  let folder: string;
  let files = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hubbub-settings-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fileOf(content: unknown): Promise<string> {
    const path = join(folder, `${String(++files)}.json`);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  it('fill what Hubbub has a variable for, where that is not set', () => {
    const soketi = { SOKETI_PORT: '6001', SOKETI_HOST: '::1', SOKETI_DEBUG: '1' };
    expect(readSettings(soketi)).toMatchObject({ PORT: 6001, HOST: '::1', LOG_LEVEL: 'debug' });
    expect(readSettings({ ...soketi, PORT: '1', HOST: 'a', LOG_LEVEL: 'warn' })).toMatchObject({
      PORT: 1,
      HOST: 'a',
      LOG_LEVEL: 'warn',
    });
  });

  it('are not what Kubernetes sets for a service of the name soketi', () => {
    const settings = readSettings({
      SOKETI_PORT: 'tcp://10.0.0.1:6001',
      SOKETI_PORT_6001_TCP_ADDR: '10.0.0.1',
      SOKETI_SERVICE_HOST: '10.0.0.1',
    });
    expect(settings.PORT).toBe(8080);
    expect(settings.pusher.ignored).toEqual([]);
  });

  it.each(['ADAPTER', 'CACHE', 'QUEUE', 'RATE_LIMITER'])(
    'say where Redis is, where the driver of %s is redis',
    (part) => {
      const { DATABASE_URL } = CLUSTER;
      const redis = { DATABASE_URL, SESSION_SECRET, [`SOKETI_${part}_DRIVER`]: 'redis' };
      expect(readSettings(redis).REDIS_URL).toBe('redis://127.0.0.1:6379/0');
      const elsewhere = {
        ...redis,
        SOKETI_DB_REDIS_HOST: 'fd00::1',
        SOKETI_DB_REDIS_PORT: '7000',
        SOKETI_DB_REDIS_DB: '3',
        SOKETI_DB_REDIS_USERNAME: 'me',
        SOKETI_DB_REDIS_PASSWORD: '00123@/',
      };
      expect(readSettings(elsewhere).REDIS_URL).toBe('redis://me:00123%40%2F@[fd00::1]:7000/3');
      expect(readSettings({ ...elsewhere, REDIS_URL: 'redis://other' })).toMatchObject({
        REDIS_URL: 'redis://other',
        pusher: { ignored: ['SOKETI_DB_REDIS_*: REDIS_URL says where Redis is'] },
      });
    },
  );

  it('ask for a database where they ask for Redis', () => {
    const problem = problemOf({ SOKETI_ADAPTER_DRIVER: 'redis', SESSION_SECRET });
    expect(problem).toContain('DATABASE_URL is missing');
    expect(problem).toContain('a driver of Soketi asks for Redis');
  });

  it('say where MySQL is, where there are gateways besides this one', () => {
    const mysql = {
      SOKETI_ADAPTER_DRIVER: 'redis',
      SOKETI_APP_MANAGER_DRIVER: 'mysql',
      SOKETI_DB_MYSQL_HOST: 'db',
      SOKETI_DB_MYSQL_PASSWORD: '12345678',
      SOKETI_DB_MYSQL_DATABASE: 'soketi',
      SESSION_SECRET,
    };
    const made = readSettings(mysql);
    expect(made.DATABASE_URL).toBe('mysql://root:12345678@db:3306/soketi');
    expect(made.pusher.apps).toEqual({ driver: 'mysql', table: 'apps', url: null, ttlMs: 5_000 });

    const same = readSettings({ ...mysql, DATABASE_URL: 'mysql://hubbub:pw@db/soketi' });
    expect(same.pusher.apps).toMatchObject({ url: null });
    const other = readSettings({ ...mysql, DATABASE_URL: 'mysql://hubbub:pw@db/hubbub' });
    expect(other.DATABASE_URL).toBe('mysql://hubbub:pw@db/hubbub');
    expect(other.pusher.apps).toMatchObject({ url: 'mysql://root:12345678@db:3306/soketi' });
    const unsaid = readSettings({ ...CLUSTER, SOKETI_APP_MANAGER_DRIVER: 'mysql' });
    expect(unsaid.pusher.apps).toMatchObject({ url: null });
  });

  it('leave a gateway that is alone with its file, and with apps in MySQL', () => {
    const alone = { SOKETI_APP_MANAGER_DRIVER: 'mysql', SOKETI_DB_MYSQL_PASSWORD: 'pw' };
    const settings = readSettings({ ...alone, SOKETI_APP_MANAGER_MYSQL_TABLE: 'soketi.the_apps' });
    expect(settings.DATABASE_URL).toBeUndefined();
    expect(settings.pusher.apps).toMatchObject({
      table: 'soketi.the_apps',
      url: 'mysql://root:pw@127.0.0.1:3306/main',
    });
    const { SOKETI_DB_MYSQL_PASSWORD: _, ...without } = alone;
    expect(problemOf(without)).toContain('SOKETI_DB_MYSQL_PASSWORD is missing');
    expect(problemOf({ ...alone, SOKETI_APP_MANAGER_MYSQL_TABLE: 'a`b' })).toBe(
      'SOKETI_APP_MANAGER_MYSQL_TABLE: has to be the name of a table',
    );
  });

  it.each([
    ['SOKETI_ADAPTER_DRIVER', 'nats'],
    ['SOKETI_ADAPTER_DRIVER', 'cluster'],
    ['SOKETI_ADAPTER_REDIS_CLUSTER_MODE', 'true'],
    ['SOKETI_DB_REDIS_CLUSTER_NODES', '[{"host":"a","port":7000}]'],
    ['SOKETI_DB_REDIS_SENTINELS', '[{"host":"a","port":7000}]'],
  ])('are refused where they ask for a bus that is not there: %s=%s', (name, value) => {
    const { REDIS_URL: _, ...cluster } = CLUSTER;
    const environment = { ...cluster, SOKETI_ADAPTER_DRIVER: 'redis', [name]: value };
    const problem = problemOf(environment);
    expect(problem).toContain(`${name}: `);
    expect(problem).toContain('set REDIS_URL');
    const { pusher } = readSettings({ ...environment, ...CLUSTER });
    expect(pusher.ignored).toEqual([expect.stringContaining(name)]);
  });

  it.each(['postgres', 'dynamodb'])('are refused where apps are in %s', (driver) => {
    const problem = problemOf({ SOKETI_APP_MANAGER_DRIVER: driver });
    expect(problem).toContain('SOKETI_APP_MANAGER_DRIVER: ');
    expect(problem).toContain('copy them into a MySQL table');
  });

  it('come from a file, with dotted or nested keys; a variable counts more', async () => {
    const path = await fileOf({
      'channelLimits.maxNameLength': '64',
      port: 7001,
      eventLimits: { maxPayloadInKb: 0.5, maxBatchSize: 3 },
      'eventLimits.maxNameLength': 50,
      'appManager.array.apps.0.id': 12,
      'appManager.array.apps.0.key': 'k',
      'appManager.array.apps.0.secret': 's',
      httpApi: { requestLimitInMb: 1 },
      cors: { origin: 'https://example.org' },
    });
    const variables = { SOKETI_EVENT_MAX_BATCH_SIZE: '4', SOKETI_DEFAULT_APP_SECRET: '007' };
    const ways: [NodeJS.ProcessEnv, string[]][] = [
      [variables, ['start', '--config', path]],
      [variables, [`--config=${path}`]],
      [{ ...variables, SOKETI_CONFIG_FILE: path }, []],
      [{ ...variables, SOKETI_CONFIG_FILE: '/nowhere' }, [`--config=${path}`]],
    ];
    for (const [environment, args] of ways) {
      const settings = readSettings(environment, args);
      expect(settings.PORT).toBe(7001);
      expect(settings.pusher).toMatchObject({
        appDefaults: {
          maxChannelNameLength: 64,
          maxEventPayloadInKb: 0.5,
          maxEventNameLength: 50,
          maxEventBatchSize: 4,
          maxEventChannelsAtOnce: 100,
        },
        requestLimitBytes: 1024 * 1024,
        cors: { origin: ['https://example.org'], credentials: true },
        apps: { apps: [{ id: '12', key: 'k', secret: '007', maxChannelNameLength: 64 }] },
        ignored: [],
      });
    }
  });

  it('name the file and the key that is wrong, and quote nothing of it', async () => {
    const secret = 'hush-hush-hush';
    const wrong = await fileOf({ metrics: { enabled: secret }, 'cors.credentials': secret });
    expect(problemOf({ SOKETI_METRICS_SERVER_PORT: secret }, ['--config', wrong])).toBe(
      [
        `${wrong}: cors.credentials: has to be true or false`,
        `${wrong}: metrics.enabled: has to be true or false`,
        'SOKETI_METRICS_SERVER_PORT: has to be a whole number, 0 to 65535',
      ].join('\n'),
    );
    const broken = await fileOf(`{ "secret": "${secret}" "key": 1 }`);
    expect(problemOf({}, ['--config', broken])).toMatch(/no JSON, see position \d+/);
    expect(problemOf({}, ['--config', broken])).not.toContain('hush');
    expect(problemOf({}, ['--config', await fileOf('[]')])).toContain('has to be a JSON object');
    expect(problemOf({}, ['--config', join(folder, 'none.json')])).toContain('(ENOENT)');
    expect(problemOf({}, ['--config'])).toContain('--config: the path');
    const apps = await fileOf({ 'appManager.array.apps': [{ id: 'a', key: 'b', secret }, 7] });
    expect(problemOf({}, ['--config', apps])).toBe(
      `${apps}: appManager.array.apps.1: has to be an object`,
    );
  });

  it('that lead into a prototype lead nowhere', async () => {
    const path = await fileOf('{"__proto__.polluted": 1, "constructor.prototype.polluted": 1}');
    const { pusher } = readSettings({}, ['--config', path]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(pusher.ignored).toHaveLength(1);
  });
});
