import type { Log } from '../../log';
import type { Database } from '../../store/database';
import { MysqlPool } from '../../store/mysql-pool';

const CONNECT_TIMEOUT_MS = 2_000;
/** Apps are looked up by one query at a time, by id and by key. */
const CONNECTIONS = 2;

export type AppRow = Readonly<Record<string, unknown>>;

/** Soketi's table of apps in a MySQL, with all the columns that it happens to have. */
export interface AppTable {
  /** Rows whose `column` equals one of `values` to the database, which may take `KEY` for `key`. */
  rows(column: 'id' | 'key', values: readonly string[]): Promise<AppRow[]>;
  close(): Promise<void>;
}

/** `table` may be `database.table`. */
function statement(table: string, column: string, values: readonly string[]): string {
  const name = table
    .split('.')
    .map((part) => `\`${part}\``)
    .join('.');
  return `SELECT * FROM ${name} WHERE \`${column}\` IN (${values.map(() => '?').join(', ')})`;
}

/** The table in the database of this gateway, which stays open when the table is closed. */
export function appTableOf(database: Database, table: string): AppTable {
  return {
    rows: (column, values) =>
      database.dataSource.query<AppRow[]>(statement(table, column, values), [...values]),
    close: () => Promise.resolve(),
  };
}

/** The table in another MySQL, by connections of its own, which are made when they are needed. */
export function openAppTable(url: string, table: string, log: Log): AppTable {
  const pool = new MysqlPool(log)
    .createPool({
      uri: url,
      charset: 'utf8mb4',
      connectTimeout: CONNECT_TIMEOUT_MS,
      connectionLimit: CONNECTIONS,
      multipleStatements: true,
      enableKeepAlive: true,
    })
    .promise();
  return {
    rows: async (column, values) => {
      const [rows] = await pool.query(statement(table, column, values), [...values]);
      return rows as AppRow[];
    },
    close: () => pool.end(),
  };
}
