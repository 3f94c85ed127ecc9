import { existsSync } from 'node:fs';
import { join } from 'node:path';
import libsql from 'libsql';
import { createConnection } from 'mysql2';

const CONNECT_TIMEOUT_MS = 5_000;
/** A statement that takes longer has failed. Pages take milliseconds; looking for keys without their index takes minutes. */
const STATEMENT_MS = 1_800_000;
const BUSY_MS = 5_000;

export type SqlValue = string | number;

/** The database cannot be looked at; the message says why, and has no password in it. */
export class CannotCheck extends Error {
  override readonly name = 'CannotCheck';
}

/** Where the room logs are: MySQL by its URL, or the folder of the embedded mode's SQLite file. */
export type Place = { url: string } | { dataDir: string };

/**
 * A database whose logs are looked at. Each statement is a transaction of its own and reads what was committed when it began: nobody
 * is locked out, and no old version of a row is kept for long.
 */
export interface LogSource {
  readonly kind: 'mysql' | 'sqlite';
  /** Where it is, without user and password. */
  readonly name: string;
  rows<T>(sql: string, values?: readonly SqlValue[]): Promise<T[]>;
  /** How many rows were changed. */
  change(sql: string, values: readonly SqlValue[]): Promise<number>;
  close(): Promise<void>;
}

/** Nothing can be changed unless `mayChange`. @throws {CannotCheck} */
export async function openLogSource(place: Place, mayChange: boolean): Promise<LogSource> {
  return 'url' in place ? openMysql(place.url, mayChange) : openSqlite(place.dataDir, mayChange);
}

async function openMysql(url: string, mayChange: boolean): Promise<LogSource> {
  const name = nameOf(url);
  const connection = createConnection({
    uri: url,
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  // What has failed is told by the statement that failed.
  connection.on('error', () => undefined);
  const session = connection.promise();
  try {
    await session.connect();
    await session.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    if (!mayChange) await session.query('SET SESSION TRANSACTION READ ONLY');
  } catch (error) {
    connection.destroy();
    throw new CannotCheck(`${name} does not open: ${reasonOf(error)}`);
  }
  const run = async (sql: string, values: readonly SqlValue[]): Promise<unknown> => {
    try {
      return (await session.query({ sql, values: [...values], timeout: STATEMENT_MS }))[0];
    } catch (error) {
      throw new CannotCheck(`${name} does not answer: ${reasonOf(error)}`);
    }
  };
  return {
    kind: 'mysql',
    name,
    rows: async <T>(sql: string, values: readonly SqlValue[] = []) =>
      (await run(sql, values)) as T[],
    change: async (sql, values) =>
      ((await run(sql, values)) as { affectedRows: number }).affectedRows,
    close: async () => {
      // One that is lost already needs no goodbye.
      await session.end().catch(() => {
        connection.destroy();
      });
    },
  };
}

async function openSqlite(dataDir: string, mayChange: boolean): Promise<LogSource> {
  const name = join(dataDir, 'hubbub.sqlite');
  // Opening would make an empty one.
  if (!existsSync(name)) throw new CannotCheck(`there is no ${name}`);
  /** SQLite answers at once, or throws. */
  const answering = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      try {
        resolve(work());
      } catch (error) {
        reject(new CannotCheck(`${name} does not answer: ${reasonOf(error)}`));
      }
    });
  const handle = await answering(() => {
    const opened = new libsql(name);
    opened.pragma(`busy_timeout = ${String(BUSY_MS)}`);
    if (!mayChange) opened.pragma('query_only = ON');
    return opened;
  });
  return {
    kind: 'sqlite',
    name,
    rows: <T>(sql: string, values: readonly SqlValue[] = []) =>
      answering(() => handle.prepare(sql).all(...values) as T[]),
    change: (sql, values) => answering(() => handle.prepare(sql).run(...values).changes),
    close: () =>
      answering(() => {
        handle.close();
      }),
  };
}

function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `mysql://${hostname}:${port || '3306'}${pathname}`;
}

/** Of some errors, a refused connection for one, Node says nothing but the code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}
