import { mkdirSync, accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import libsql from 'libsql';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import type { Settings } from '../env';
import type { Log } from '../log';
import { RevokedSessionEntity } from './entities/revoked-session.entity';
import { RoomEntity } from './entities/room.entity';
import { RoomEntryEntity } from './entities/room-entry.entity';
import { RoomHeadEntity } from './entities/room-head.entity';
import { RoomMemberEntity } from './entities/room-member.entity';
import { UserEntity } from './entities/user.entity';
import { First1700000000000 } from './migrations/1700000000000-first';
import { Turns } from './turns';

const CONNECT_TIMEOUT_MS = 2_000;
const REACHABLE_MS = 800;
/** At start the database may still be starting itself. */
const START_PATIENCE_MS = 60_000;
const MIGRATION_LOCK = 'hubbub_migrations';
const MIGRATION_LOCK_SECONDS = 60;

const ENTITIES = [
  UserEntity,
  RoomEntity,
  RoomHeadEntity,
  RoomEntryEntity,
  RoomMemberEntity,
  RevokedSessionEntity,
];
const MIGRATIONS = [First1700000000000];

/** The database cannot be used; the message says what to do about it. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** SQLite's own handle, as far as the room log needs it. Its statements run at once and block. */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): {
    run(...values: (string | number | null)[]): { changes: number };
    get(...values: (string | number | null)[]): unknown;
    all(...values: (string | number | null)[]): unknown[];
  };
}

type DatabaseSettings = Pick<Settings, 'DATABASE_URL' | 'DATABASE_POOL' | 'DATA_DIR'>;

function mysqlSource(settings: DatabaseSettings): DataSource {
  return new DataSource({
    type: 'mysql',
    url: settings.DATABASE_URL ?? '',
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    poolSize: settings.DATABASE_POOL,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    // The room log sends a transaction in two trips. All values go by parameters.
    extra: { multipleStatements: true, enableKeepAlive: true },
  });
}

function sqliteSource(settings: DatabaseSettings): DataSource {
  const folder = settings.DATA_DIR;
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new DatabaseError(
      `the data folder ${folder} cannot be written (${reason}): set DATA_DIR`,
    );
  }
  return new DataSource({
    type: 'better-sqlite3',
    driver: libsql,
    database: join(folder, 'hubbub.sqlite'),
    enableWAL: true,
    prepareDatabase: (handle: { pragma: (text: string) => void }) => {
      // Acknowledged is durable (G1), a power cut included.
      handle.pragma('synchronous = FULL');
      handle.pragma('busy_timeout = 5000');
    },
    entities: ENTITIES,
    migrations: MIGRATIONS,
  });
}

/** The one database of this gateway: MySQL in a cluster, a SQLite file in the embedded mode. */
export class Database {
  readonly #turns: Turns | null;

  private constructor(
    readonly dataSource: DataSource,
    readonly kind: 'mysql' | 'sqlite',
  ) {
    this.#turns = kind === 'sqlite' ? new Turns() : null;
    if (this.#turns) takeTurns(dataSource, this.#turns);
  }

  /**
   * Connects, waiting up to a minute for a MySQL that is still starting, and migrates: one gateway at a time.
   * @throws {DatabaseError}
   */
  static async open(settings: DatabaseSettings, log: Log): Promise<Database> {
    const kind = settings.DATABASE_URL ? 'mysql' : 'sqlite';
    const source = kind === 'mysql' ? mysqlSource(settings) : sqliteSource(settings);
    await connect(source, kind, log);
    const database = new Database(source, kind);
    try {
      await database.#migrate();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.dataSource.getRepository(entity);
  }

  /** All of `work` or nothing of it. It uses `manager`, and nothing else of the database. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const run = () => this.dataSource.transaction(work);
    return this.#turns ? this.#turns.transaction(run) : run();
  }

  /** Gives SQLite's handle to `work` while nobody else uses it. @throws {TypeError} on MySQL. */
  withSqlite<T>(work: (handle: SqliteHandle) => T): Promise<T> {
    if (!this.#turns) throw new TypeError('this database is not SQLite');
    const { databaseConnection } = this.dataSource.driver as unknown as {
      databaseConnection: SqliteHandle;
    };
    return this.#turns.transaction(() => work(databaseConnection));
  }

  /** Whether it answers; the answer takes less than a second. */
  async isReachable(): Promise<boolean> {
    const patience = new AbortController();
    try {
      return await Promise.race([
        this.dataSource.query('SELECT 1').then(() => true),
        delay(REACHABLE_MS, false, { signal: patience.signal }),
      ]);
    } catch {
      return false;
    } finally {
      patience.abort();
    }
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  async #migrate(): Promise<void> {
    if (this.kind === 'sqlite') {
      await this.#turns?.transaction(() => this.dataSource.runMigrations());
      return;
    }
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query('SELECT GET_LOCK(?, ?)', [MIGRATION_LOCK, MIGRATION_LOCK_SECONDS]);
      await this.dataSource.runMigrations();
    } finally {
      await runner.query('SELECT RELEASE_LOCK(?)', [MIGRATION_LOCK]).catch(() => undefined);
      await runner.release();
    }
  }
}

async function connect(source: DataSource, kind: Database['kind'], log: Log): Promise<void> {
  const giveUpAt = performance.now() + START_PATIENCE_MS;
  for (let tries = 0; ; tries++) {
    try {
      await source.initialize();
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (kind === 'sqlite') throw new DatabaseError(`SQLite does not open: ${reason}`);
      if (performance.now() > giveUpAt) throw new DatabaseError(`MySQL does not answer: ${reason}`);
      if (tries === 0) log.warn('database: waiting for MySQL', { reason });
      await delay(Math.min(2_000, 100 * 2 ** Math.min(tries, 5)));
    }
  }
}

/** TypeORM has one runner for SQLite, and everything goes through its `query`. */
function takeTurns(source: DataSource, turns: Turns): void {
  const runner: QueryRunner = source.createQueryRunner();
  const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
  runner.query = ((...args: unknown[]) =>
    turns.statement(() => query(...args))) as QueryRunner['query'];
}
