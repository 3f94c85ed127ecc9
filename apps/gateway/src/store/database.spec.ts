import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MariadbServer } from '../testing/mariadb-server';
import { Database, DatabaseError } from './database';
import { RevokedSessionEntity } from './entities/revoked-session.entity';
import { upTo } from './testing/stage';
import { silent } from '../testing/silent-log';
import { until } from '../testing/until';

jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-database-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const session = (id: string) => ({ id, expiresAt: 1 });

describe('over MySQL', () => {
  let server: MariadbServer;
  let name: string;

  beforeAll(async () => {
    server = await MariadbServer.start();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    name = await server.createDatabase();
  });

  const open = () =>
    Database.open({ DATABASE_URL: server.url(name), DATABASE_POOL: 4, DATA_DIR: folder }, silent);
  const executed = () => server.query<{ name: string }>(`SELECT name FROM ${name}.migrations`);
  const lockWaiters = () =>
    server.query<{ ID: number }>(
      "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'",
    );

  it('gateways that start together migrate once', async () => {
    const databases = await Promise.all(upTo(5).map(open));
    expect(await executed()).toHaveLength(2);
    databases.push(await open());
    expect(await executed()).toHaveLength(2);
    for (const database of databases) await database.close();
  });

  it('the schema is what the entities say', async () => {
    const database = await open();
    const { upQueries } = await database.dataSource.driver.createSchemaBuilder().log();
    // TypeORM takes MariaDB's DEFAULT NULL for another default than none.
    const isNullDefault = / CHANGE `(\w+)` `\1` \w+(\(\d+\))? NULL$/;
    const changes = upQueries.map(({ query }) => query);
    expect(changes.filter((query) => !isNullDefault.test(query))).toEqual([]);
    await database.close();
  });

  it('a migration that was interrupted is finished by the next start', async () => {
    await (await open()).close();
    await server.query(`DELETE FROM ${name}.migrations`);
    await server.query(`DROP TABLE ${name}.room_entries`);
    const database = await open();
    await database.dataSource.query('SELECT seq FROM room_entries');
    await database.close();
  });

  it('nothing is migrated without the lock', async () => {
    const holder = await open();
    await server.query(`DELETE FROM ${name}.migrations`);
    const runner = holder.dataSource.createQueryRunner();
    await runner.query("SELECT GET_LOCK('hubbub_migrations', 0)");
    const opening = open();
    const failure = expect(opening).rejects.toThrow(DatabaseError);
    await until('it waits for the lock', async () => (await lockWaiters()).length > 0);
    // Its answer is then that it has no lock.
    for (const { ID } of await lockWaiters()) await server.query(`KILL QUERY ${String(ID)}`);
    await failure;
    expect(await executed()).toHaveLength(0);
    await runner.release();
    await holder.close();
  });
});

describe('over SQLite', () => {
  const open = (dataFolder = folder) =>
    Database.open({ DATABASE_URL: undefined, DATABASE_POOL: 4, DATA_DIR: dataFolder }, silent);

  it('migrates once, and the schema is what the entities say', async () => {
    for (let i = 0; i < 2; i++) {
      const database = await open();
      const rows: unknown[] = await database.dataSource.query('SELECT name FROM migrations');
      expect(rows).toHaveLength(2);
      const { upQueries } = await database.dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      await database.close();
    }
  });

  it('a folder that cannot be written is an error that says what to do', async () => {
    await writeFile(join(folder, 'file'), '');
    const unwritable = join(folder, 'file', 'data');
    const failure = await open(unwritable).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseError);
    expect(String(failure)).toContain(`${unwritable} cannot be written`);
    expect(String(failure)).toContain('DATA_DIR');
  });

  it('a file that is no database is an error that names it', async () => {
    const elsewhere = await mkdtemp(join(folder, 'bad-'));
    await writeFile(join(elsewhere, 'hubbub.sqlite'), 'x'.repeat(10_000));
    await expect(open(elsewhere)).rejects.toThrow(DatabaseError);
    await expect(open(elsewhere)).rejects.toThrow('hubbub.sqlite');
  });

  describe('with one connection', () => {
    let database: Database;
    beforeAll(async () => {
      database = await open(await mkdtemp(join(folder, 'turns-')));
    });
    afterAll(() => database.close());

    const sessions = () => database.repository(RevokedSessionEntity);

    it('a statement of somebody else is not rolled back with a transaction', async () => {
      const others: Promise<unknown>[] = [];
      let hasBegun = false;
      const failing = database.transaction(async (manager) => {
        await manager.insert(RevokedSessionEntity, session('undone'));
        hasBegun = true;
        await until('others want something', () => others.length === 2);
        throw new Error('undo');
      });
      const undone = expect(failing).rejects.toThrow('undo');
      await until('the transaction is open', () => hasBegun);
      others.push(
        sessions().insert(session('kept')),
        sessions().upsert(session('kept-too'), ['id']),
      );
      await Promise.all([undone, ...others]);
      const ids = (await sessions().find()).map(({ id }) => id);
      expect(ids.sort()).toEqual(['kept', 'kept-too']);
    });

    it('transactions come one after the other, in the order in which they are begun', async () => {
      const order: number[] = [];
      await Promise.all(
        upTo(20).map((n) =>
          database.transaction(async (manager) => {
            await manager.insert(RevokedSessionEntity, session(`turn-${String(n)}`));
            await manager.countBy(RevokedSessionEntity, {});
            order.push(n);
          }),
        ),
      );
      expect(order).toEqual(upTo(20));
    });

    it('a transaction within a transaction is refused instead of waiting for itself', async () => {
      const inner = () => database.transaction(() => Promise.resolve());
      await expect(database.transaction(inner)).rejects.toThrow(TypeError);
    });

    it('TypeORM begins no transaction of its own in between', async () => {
      const saving = sessions().save(sessions().create(session('saved')));
      await expect(saving).rejects.toThrow('Database.transaction');
      await database.transaction((manager) =>
        manager.save(manager.create(RevokedSessionEntity, session('saved'))),
      );
      await expect(sessions().countBy({ id: 'saved' })).resolves.toBe(1);
    });

    it('what a transaction has started and left behind has turns of its own', async () => {
      let later: Promise<unknown> = Promise.resolve();
      await database.transaction((manager) => {
        later = new Promise((resolve) => setTimeout(resolve, 20)).then(() =>
          sessions().insert(session('later')),
        );
        return manager.insert(RevokedSessionEntity, session('sooner'));
      });
      const failing = database.transaction(async (manager) => {
        await manager.insert(RevokedSessionEntity, session('never'));
        await new Promise((resolve) => setTimeout(resolve, 60));
        throw new Error('undo');
      });
      await expect(failing).rejects.toThrow('undo');
      await later;
      await expect(sessions().countBy({ id: 'later' })).resolves.toBe(1);
    });

    it('answers whether it is there', async () => {
      await expect(database.isReachable()).resolves.toBe(true);
    });
  });

  it('closing waits for what was begun', async () => {
    const database = await open(await mkdtemp(join(folder, 'closing-')));
    const begun = database.transaction(async (manager) => {
      for (const n of upTo(20)) await manager.insert(RevokedSessionEntity, session(String(n)));
      return manager.countBy(RevokedSessionEntity, {});
    });
    await Promise.all([database.close(), expect(begun).resolves.toBe(20)]);
    await database.close();
    await expect(database.isReachable()).resolves.toBe(false);
  });
});
