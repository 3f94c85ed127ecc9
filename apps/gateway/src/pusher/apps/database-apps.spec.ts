import { setTimeout as delay } from 'node:timers/promises';
import { LocalBus } from '../../cluster/local-bus';
import { RedisBus } from '../../cluster/redis-bus';
import type { Log } from '../../log';
import { Database, DatabaseError } from '../../store/database';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { MariadbServer } from '../../testing/mariadb-server';
import { RedisServer } from '../../testing/redis-server';
import { APP_DEFAULTS, makeApp } from '../testing/make-app';
import { openAppTable } from './app-table';
import { DatabaseApps, type DatabaseAppsOptions } from './database-apps';
import { openApps } from './open-apps';
import { StaticApps } from './static-apps';

jest.setTimeout(120_000);

/** As Soketi's own documentation makes it: its limits end at 127, and texts are compared without regard to case. */
const SOKETI_TABLE = `CREATE TABLE apps (
  id varchar(255) NOT NULL, \`key\` varchar(255) NOT NULL, secret varchar(255) NOT NULL,
  max_connections integer(10) NOT NULL, enable_client_messages tinyint(1) NOT NULL,
  enabled tinyint(1) NOT NULL, max_backend_events_per_sec integer(10) NOT NULL,
  max_client_events_per_sec integer(10) NOT NULL, max_read_req_per_sec integer(10) NOT NULL,
  webhooks json, max_presence_members_per_channel tinyint(1) NULL,
  max_presence_member_size_in_kb tinyint(1) NULL, max_channel_name_length tinyint(1) NULL,
  max_event_channels_at_once tinyint(1) NULL, max_event_name_length tinyint(1) NULL,
  max_event_payload_in_kb tinyint(1) NULL, max_event_batch_size tinyint(1) NULL,
  enable_user_authentication tinyint(1) NOT NULL, PRIMARY KEY (id)
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`;

/** As Soketi's first releases made it. */
const OLD_TABLE = `CREATE TABLE old_apps (
  id varchar(255) NOT NULL, \`key\` varchar(255) NOT NULL, secret varchar(255) NOT NULL,
  max_connections integer(10) NOT NULL, enable_client_messages tinyint(1) NOT NULL,
  max_backend_events_per_sec integer(10) NOT NULL, webhooks json, PRIMARY KEY (id)
) DEFAULT CHARSET=latin1`;

const refusal = { name: 'Refusal', code: 'unavailable' };

describe('apps in a table of Soketi', () => {
  let server: MariadbServer;
  let redis: RedisServer;
  let name: string;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    [server, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()]);
  });
  beforeEach(async () => {
    name = await server.createDatabase();
    await server.query(SOKETI_TABLE.replace('apps', `${name}.apps`));
    await server.query(
      `INSERT INTO ${name}.apps VALUES ('an-id', 'a-key', 'a-secret', 200, 1, 1, -1, 7, -1,
        '[{"url":"https://example.org/hook","event_types":["member_added"]}]',
        120, NULL, NULL, 50, NULL, NULL, NULL, 0)`,
    );
  });
  afterEach(async () => {
    server.resume();
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await Promise.all([server.remove(), redis.kill()]);
  });

  async function open(more: Partial<DatabaseAppsOptions> = {}): Promise<DatabaseApps> {
    const table = openAppTable(server.url(name), 'apps', silent);
    const options = { table, name: 'apps', ttlMs: 60_000, defaults: APP_DEFAULTS, log: silent };
    const apps = await DatabaseApps.open({ ...options, bus: new LocalBus(), ...more });
    closers.push(() => apps.close());
    return apps;
  }

  const setSecret = (secret: string) =>
    server.query(`UPDATE ${name}.apps SET secret = '${secret}' WHERE id = 'an-id'`);

  /** How many queries the server has answered, this one not counted. */
  async function queries(): Promise<number> {
    const rows = await server.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_select'");
    return Number(rows[0]!.Value);
  }

  it('are found by key and by id, with all that their row says', async () => {
    const apps = await open();
    const app = await apps.findByKey('a-key');
    expect(app).toEqual({
      ...APP_DEFAULTS,
      id: 'an-id',
      key: 'a-key',
      secret: 'a-secret',
      enabled: true,
      enableClientMessages: true,
      enableUserAuthentication: false,
      maxConnections: 200,
      maxBackendEventsPerSecond: -1,
      maxClientEventsPerSecond: 7,
      maxReadRequestsPerSecond: -1,
      maxPresenceMembersPerChannel: 120,
      maxEventChannelsAtOnce: 50,
      webhooks: [
        {
          target: { url: 'https://example.org/hook' },
          eventTypes: ['member_added'],
          headers: {},
          filter: { startsWith: '', endsWith: '' },
        },
      ],
    });
    await expect(apps.findById('an-id')).resolves.toBe(app);
  });

  it('are found by their exact key alone, whatever the database takes for the same', async () => {
    const apps = await open();
    for (const key of ['A-KEY', 'a-key ', 'an-id', '', 'x'.repeat(256), 'ключ', '👾'])
      await expect(apps.findByKey(key)).resolves.toBeNull();
    await server.query(
      `INSERT INTO ${name}.apps SELECT 'other', 'A-KEY', secret, 1, 0, 1, -1, -1, -1, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0 FROM ${name}.apps`,
    );
    apps.refresh();
    const found = await Promise.all(['a-key', 'A-KEY'].map((key) => apps.findByKey(key)));
    expect(found.map((app) => app?.id)).toEqual(['an-id', 'other']);
  });

  it('may be in a table that lacks columns, of another name and another character set', async () => {
    await server.query(OLD_TABLE.replace('old_apps', `${name}.old_apps`));
    await server.query(`INSERT INTO ${name}.old_apps VALUES ('1', 'k', 's', -1, 0, 5, NULL)`);
    const table = openAppTable(server.url(), `${name}.old_apps`, silent);
    const apps = await open({ table });
    const found = await Promise.all(['k', 'ключ', 'x'].map((key) => apps.findByKey(key)));
    expect(found).toMatchObject([
      { ...APP_DEFAULTS, id: '1', enabled: true, maxBackendEventsPerSecond: 5 },
      null,
      null,
    ]);
  });

  it('that are changed count within the time that a row is believed', async () => {
    const apps = await open({ ttlMs: 100 });
    await apps.findByKey('a-key');
    await setSecret('another');
    await until(
      'the change counts',
      async () => (await apps.findByKey('a-key'))?.secret === 'another',
    );
    await server.query(`DELETE FROM ${name}.apps`);
    await until('it is gone', async () => (await apps.findByKey('a-key')) === null);
  });

  it('that are changed count at once at every gateway that a refresh reaches', async () => {
    const gateways = await Promise.all(
      ['one', 'other'].map(async (gateway) => {
        const bus = new RedisBus(redis.url, gateway, silent);
        closers.push(() => bus.close());
        await until('the bus is well', () => bus.isWell);
        return open({ bus });
      }),
    );
    const secretAt = async (apps: DatabaseApps) => (await apps.findByKey('a-key'))?.secret;
    const made = () => Promise.all(gateways.map((apps) => apps.findByKey('new')));
    // Those of the bus read their apps again, too, after every moment in which they did not hear it.
    const unreached = await open();
    for (const apps of [...gateways, unreached]) expect(await secretAt(apps)).toBe('a-secret');
    expect([...(await made()), await unreached.findByKey('new')]).toEqual([null, null, null]);
    await setSecret('another');
    await server.query(
      `INSERT INTO ${name}.apps SELECT 'new', 'new', secret, 1, 0, 1, -1, -1, -1, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0 FROM ${name}.apps`,
    );
    expect(await unreached.findByKey('new')).toBeNull();
    gateways[0]!.refresh();
    for (const apps of gateways) {
      await until('it is there', async () => (await secretAt(apps)) === 'another');
    }
    expect(await made()).toMatchObject([{ id: 'new' }, { id: 'new' }]);
    expect(await secretAt(unreached)).toBe('a-secret');
  });

  it('are asked for by one query for all who ask, and not again', async () => {
    const apps = await open();
    const before = await queries();
    const found = await Promise.all(Array.from({ length: 500 }, () => apps.findByKey('a-key')));
    expect(new Set(found).size).toBe(1);
    await Promise.all([apps.findById('an-id'), apps.findByKey('a-key')]);
    expect((await queries()) - before).toBe(1);
  });

  it('that do not exist cannot flood the database', async () => {
    const apps = await open();
    const before = await queries();
    const keys = Array.from({ length: 2_000 }, (_, i) => `no-such-${String(i)}`);
    for (let round = 0; round < 3; round++) {
      const found = await Promise.all([...keys, 'a-key'].map((key) => apps.findByKey(key)));
      expect(found.filter((app) => app !== null)).toHaveLength(1);
    }
    expect((await queries()) - before).toBeLessThanOrEqual(11);
  });

  it('with a row that cannot be read in full do without the rest, and it is said once', async () => {
    const warn = jest.fn();
    const apps = await open({ ttlMs: 0, log: { ...silent, warn } });
    await server.query(`UPDATE ${name}.apps SET webhooks = '{"url":"hush"}', max_connections = -5`);
    for (let i = 0; i < 3; i++) {
      await expect(apps.findByKey('a-key')).resolves.toMatchObject({
        maxConnections: -1,
        webhooks: [],
      });
    }
    const problems = [
      'webhooks: has to be a list in JSON',
      'maxConnections: has to be a whole number, from -1',
    ];
    expect(warn.mock.calls).toEqual([['apps: a row is wrong', { app: 'an-id', problems }]]);
  });

  it('G11: that were known go on while the database is away; the others are unavailable, not unknown', async () => {
    const lines: string[] = [];
    const log: Log = {
      ...silent,
      warn: (line) => lines.push(line),
      info: (line) => lines.push(line),
    };
    const apps = await open({ ttlMs: 100, log });
    const known = await apps.findByKey('a-key');
    await server.kill();
    try {
      await until('it is noticed', async () => {
        expect(await apps.findByKey('a-key')).toEqual(known);
        return lines.length > 0;
      });
      apps.refresh();
      expect(await apps.findByKey('a-key')).toEqual(known);
      expect(await apps.findById('an-id')).toEqual(known);
      await expect(apps.findByKey('another')).rejects.toMatchObject(refusal);
    } finally {
      await server.start();
    }
    await setSecret('another');
    await until(
      'the change counts',
      async () => (await apps.findByKey('a-key'))?.secret === 'another',
    );
    await expect(apps.findByKey('another')).resolves.toBeNull();
    expect(lines).toEqual([
      'apps: the database does not answer; known apps go on',
      'apps: the database answers again',
    ]);
  });

  it('G11: that were known are there without delay while the database hangs', async () => {
    const apps = await open({ ttlMs: 0 });
    const known = await apps.findByKey('a-key');
    server.pause();
    const unknown = apps.findByKey('another');
    let isRefused = false;
    unknown.catch(() => (isRefused = true));
    // By a timer: where this process is held up, whoever waits for one as well is as late.
    const late = (ms: number) => delay(ms, 'late', { ref: false });
    expect(await Promise.race([apps.findByKey('a-key'), late(1_500)])).toEqual(known);
    expect(isRefused).toBe(false);
    const startedAt = performance.now();
    while (performance.now() - startedAt < 2_500) {
      expect(await Promise.race([apps.findByKey('a-key'), late(100)])).toEqual(known);
      await delay(20);
    }
    await expect(unknown).rejects.toMatchObject(refusal);
    server.resume();
    await setSecret('another');
    await until(
      'the change counts',
      async () => (await apps.findByKey('a-key'))?.secret === 'another',
    );
  });

  it('are waited for where their own database starts later than the gateway', async () => {
    await server.kill();
    let apps: DatabaseApps;
    try {
      apps = await open();
      await expect(apps.findByKey('a-key')).rejects.toMatchObject(refusal);
    } finally {
      await server.start();
    }
    await until('they are found', () =>
      apps.findByKey('a-key').then(
        (app) => app?.id === 'an-id',
        () => false,
      ),
    );
  });

  it('are refused at start where there is no such table, or no such user', async () => {
    const wrong = [
      openAppTable(server.url(name), 'no_apps', silent),
      openAppTable(server.url(name).replace('root', 'nobody:hush'), 'apps', silent),
    ];
    for (const table of wrong) {
      const opened = open({ table });
      await expect(opened).rejects.toThrow(DatabaseError);
      await expect(opened).rejects.not.toThrow('hush');
      await table.close();
    }
  });

  it('are in the database of the gateway where no other is named', async () => {
    const database = await Database.open(
      { DATABASE_URL: server.url(name), DATABASE_POOL: 2, DATA_DIR: '' },
      silent,
    );
    closers.push(() => database.close());
    const where = { driver: 'mysql', table: 'apps', url: null, ttlMs: 60_000 } as const;
    const around = { database, bus: new LocalBus(), log: silent };
    const opened = await openApps({ apps: where, appDefaults: APP_DEFAULTS }, around);
    closers.push(() => opened.apps.close());
    await expect(opened.apps.findByKey('a-key')).resolves.toMatchObject({ secret: 'a-secret' });
    await setSecret('another');
    opened.refresh();
    await until(
      'it is read again',
      async () => (await opened.apps.findById('an-id'))?.secret === 'another',
    );
  });

  it('may be made in the table that the gateway itself makes', async () => {
    const own = await server.createDatabase();
    const settings = { DATABASE_URL: server.url(own), DATABASE_POOL: 2, DATA_DIR: '' };
    const database = await Database.open(settings, silent);
    closers.push(() => database.close());
    await server.query(
      `INSERT INTO ${own}.apps (id, \`key\`, secret, max_event_payload_in_kb) VALUES ('1', 'k', 's', 1000)`,
    );
    const where = { driver: 'mysql', table: 'apps', url: null, ttlMs: 60_000 } as const;
    const around = { database, bus: new LocalBus(), log: silent };
    const { apps } = await openApps({ apps: where, appDefaults: APP_DEFAULTS }, around);
    closers.push(() => apps.close());
    await expect(apps.findById('1')).resolves.toEqual({
      ...APP_DEFAULTS,
      id: '1',
      key: 'k',
      secret: 's',
      enabled: true,
      enableClientMessages: false,
      enableUserAuthentication: false,
      maxConnections: -1,
      maxBackendEventsPerSecond: -1,
      maxClientEventsPerSecond: -1,
      maxReadRequestsPerSecond: -1,
      maxEventPayloadInKb: 1_000,
      webhooks: [],
    });
  });
});

describe('apps of the configuration', () => {
  it('are found by id and by key, and no other', async () => {
    const app = makeApp({ id: '1', key: 'k' });
    const apps = new StaticApps([app]);
    await expect(apps.findById('1')).resolves.toBe(app);
    await expect(apps.findByKey('k')).resolves.toBe(app);
    await expect(apps.findById('k')).resolves.toBeNull();
    await expect(apps.findByKey('1')).resolves.toBeNull();
    await apps.close();
  });
});
