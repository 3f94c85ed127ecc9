import { createPool, type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import type { Log } from '../log';
import type { Run, Statement } from './statement';

/** How long a statement may take, and how long one waits for a free connection. */
const STATEMENT_MS = 3_000;
/**
 * The server ends a connection that says nothing for this long, and rolls its transaction back: the rooms that a frozen or
 * unreachable gateway has locked are free again.
 */
const WAIT_TIMEOUT_SECONDS = 10;
/** Less than a statement may take: who waits for a locked row is told so, and keeps the connection. */
const LOCK_WAIT_SECONDS = 1;

const SESSION = [
  // No gap locks: commits to neighbouring rooms do not wait for each other.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION innodb_lock_wait_timeout = ${String(LOCK_WAIT_SECONDS)}`,
  `SET SESSION wait_timeout = ${String(WAIT_TIMEOUT_SECONDS)}`,
].join('; ');

class TimedOut extends Error {
  override readonly name = 'TimedOut';
  readonly code = 'ETIMEDOUT';
}

/**
 * Makes TypeORM's pool of connections, with what neither it nor mysql2 has: an end to all waiting. A server that hangs and keeps
 * its connections would else keep every statement, then every connection, then everybody who asks for one.
 */
export class MysqlPool {
  #statementMs = STATEMENT_MS;
  #pool: Pool | undefined;

  constructor(private readonly log: Log) {}

  /** For TypeORM, which calls it on its `driver`. */
  createPool(options: PoolOptions): Pool {
    const pool = createPool(options);
    pool.on('connection', (connection) => {
      this.#prepare(connection);
    });
    pool.on('acquire', (connection) => {
      streamOf(connection).setTimeout(this.#statementMs);
    });
    const getConnection = pool.getConnection.bind(pool);
    pool.getConnection = (callback) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        callback(new TimedOut('no connection to MySQL was free'), undefined as never);
      }, this.#statementMs);
      getConnection((error, connection) => {
        clearTimeout(timer);
        if (!isLate) callback(error, connection);
        else if (!error) connection.release();
      });
    };
    this.#pool = pool;
    return pool;
  }

  /**
   * Gives `work` a connection of its own. TypeORM's way to one asks for two promises and two stack traces for each statement.
   * @throws {TypeError} before TypeORM has made the pool.
   */
  async withConnection<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const pool = this.#pool;
    if (!pool) throw new TypeError('there is no pool yet');
    const connection = await new Promise<PoolConnection>((resolve, reject) => {
      pool.getConnection((error, free) => {
        if (error) reject(error);
        else resolve(free);
      });
    });
    try {
      return await work((statements) => runOn(connection, statements));
    } finally {
      connection.release();
    }
  }

  /** Lets the statements of `work` take longer. */
  async withPatience<T>(statementMs: number, work: () => Promise<T>): Promise<T> {
    this.#statementMs = statementMs;
    try {
      return await work();
    } finally {
      this.#statementMs = STATEMENT_MS;
    }
  }

  #prepare(connection: PoolConnection): void {
    connection.on('error', (error) => {
      this.log.debug('database: a connection ended', { error: String(error) });
    });
    // Nothing came and nothing went: a statement is not answered, or nobody needs the connection.
    const stream = streamOf(connection);
    stream.on('timeout', () => {
      stream.destroy(new TimedOut('MySQL does not answer'));
    });
    connection.query(SESSION, (error) => {
      if (error)
        this.log.warn('database: a session is not as it should be', { error: String(error) });
    });
  }
}

interface Stream {
  setTimeout(ms: number): void;
  on(event: 'timeout', listener: () => void): void;
  destroy(error: Error): void;
}

/** The socket. mysql2's own `destroy` waits for the server to say goodbye. */
function streamOf(connection: PoolConnection): Stream {
  return (connection as unknown as { stream: Stream }).stream;
}

function runOn(connection: PoolConnection, statements: readonly Statement[]): Promise<unknown[]> {
  const sql = statements.map((statement) => statement.sql).join('; ');
  const values = statements.flatMap((statement) => statement.values);
  return new Promise((resolve, reject) => {
    connection.query(sql, values, (error, results) => {
      if (error) reject(error);
      else resolve(results as unknown[]);
    });
  });
}
