import { mkdirSync, accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import libsql from 'libsql';
import {
  DataSource,
  MigrationExecutor,
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
import { WebhookDeliveryEntity } from './entities/webhook-delivery.entity';
import { WebhookLaneEntity } from './entities/webhook-lane.entity';
import { First1700000000000 } from './migrations/1700000000000-first';
import { Pusher1700000000001 } from './migrations/1700000000001-pusher';
import { MysqlPool } from './mysql-pool';
import type { Run } from './statement';
import { Turns } from './turns';

const CONNECT_TIMEOUT_MS = 2_000;
const REACHABLE_MS = 800;
/** At start the database may still be starting itself. */
const START_PATIENCE_MS = 60_000;
const MIGRATION_LOCK = 'hubbub_migrations';
const MIGRATION_LOCK_SECONDS = 60;
/** A migration may rebuild a large table. */
const MIGRATION_STATEMENT_MS = 3_600_000;

const ENTITIES = [
  UserEntity,
  RoomEntity,
  RoomHeadEntity,
  RoomEntryEntity,
  RoomMemberEntity,
  RevokedSessionEntity,
  WebhookLaneEntity,
  WebhookDeliveryEntity,
];
const MIGRATIONS = [First1700000000000, Pusher1700000000001];

/** The database cannot be used; the message says what to do about it. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** SQLite's own handle, as far as the room log needs it. Its statements run at once and block. */
export interface SqliteHandle {
  readonly inTransaction: boolean;
  exec(sql: string): unknown;
  prepare(sql: string): {
    run(...values: (string | number | null)[]): { changes: number };
    get(...values: (string | number | null)[]): unknown;
    all(...values: (string | number | null)[]): unknown[];
  };
}

type DatabaseSettings = Pick<Settings, 'DATABASE_URL' | 'DATABASE_POOL' | 'DATA_DIR'>;

function mysqlSource(settings: DatabaseSettings, pool: MysqlPool): DataSource {
  return new DataSource({
    type: 'mysql',
    driver: pool,
    url: settings.DATABASE_URL ?? '',
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    poolSize: settings.DATABASE_POOL,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    // The room log sends a transaction in one trip. All values go by parameters.
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
  const source = new DataSource({
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
  // To SQLite, any name with "text" in it is a text of any length; TypeORM checks names.
  source.driver.supportedDataTypes.push('mediumtext');
  return source;
}

/** The one database of this gateway: MySQL in a cluster, a SQLite file in the embedded mode. */
export class Database {
  readonly kind: 'mysql' | 'sqlite';
  readonly #turns: Turns | null;

  private constructor(
    readonly dataSource: DataSource,
    private readonly pool: MysqlPool | null,
    private readonly log: Log,
  ) {
    this.kind = dataSource.options.type === 'mysql' ? 'mysql' : 'sqlite';
    this.#turns = this.kind === 'sqlite' ? new Turns() : null;
    if (this.#turns) takeTurns(dataSource, this.#turns);
  }

  /**
   * Connects, waiting up to a minute for a MySQL that is still starting, and migrates: one gateway at a time.
   * @throws {DatabaseError}
   */
  static async open(settings: DatabaseSettings, log: Log): Promise<Database> {
    const pool = settings.DATABASE_URL ? new MysqlPool(log) : null;
    const source = pool ? mysqlSource(settings, pool) : sqliteSource(settings);
    await connect(source, log);
    const database = new Database(source, pool, log);
    try {
      if (pool) await pool.withPatience(MIGRATION_STATEMENT_MS, () => migrateAlone(source));
      else await database.#turns?.transaction(() => source.runMigrations());
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

  /** Gives a connection to `work` while nobody else uses it. @throws {TypeError} on SQLite. */
  withMysql<T>(work: (run: Run) => Promise<T>): Promise<T> {
    if (!this.pool) throw new TypeError('this database is not MySQL');
    return this.pool.withConnection(work);
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

  /** Ends the connections, after what is in flight. */
  async close(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    const end = () => this.dataSource.destroy();
    try {
      await (this.#turns ? this.#turns.transaction(end) : end());
    } catch (error) {
      this.log.warn('database: it did not end in order', { error: String(error) });
    }
  }
}

/** @throws {DatabaseError} where another gateway's migration does not come to an end. */
async function migrateAlone(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    const answer = (await runner.query('SELECT GET_LOCK(?, ?) AS locked', [
      MIGRATION_LOCK,
      MIGRATION_LOCK_SECONDS,
    ])) as { locked: number | null }[];
    if (answer[0]?.locked !== 1) {
      throw new DatabaseError(
        `another gateway holds the lock "${MIGRATION_LOCK}" and migrates for more than ${String(MIGRATION_LOCK_SECONDS)} s`,
      );
    }
    // On this connection: one that is idle meanwhile would be ended, and its lock with it.
    await new MigrationExecutor(source, runner).executePendingMigrations();
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

async function connect(source: DataSource, log: Log): Promise<void> {
  const giveUpAt = performance.now() + START_PATIENCE_MS;
  for (let tries = 0; ; tries++) {
    try {
      await source.initialize();
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (source.options.type !== 'mysql') {
        throw new DatabaseError(
          `SQLite does not open ${String(source.options.database)}: ${reason}`,
        );
      }
      if (performance.now() > giveUpAt) throw new DatabaseError(`MySQL does not open: ${reason}`);
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
  const startTransaction = runner.startTransaction.bind(runner);
  // `save` and `remove` of a repository begin one by themselves: another transaction would come in between.
  runner.startTransaction = async (isolationLevel) => {
    if (!turns.isInside) throw new TypeError('transactions are begun by Database.transaction');
    await startTransaction(isolationLevel);
  };
}
