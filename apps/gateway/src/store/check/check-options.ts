import { parseArgs } from 'node:util';
import { CannotCheck, type Place } from './log-source';

export interface CheckOptions {
  place: Place;
  /** A slug; null: all rooms. */
  room: string | null;
  /** Lines of JSON on standard output. */
  json: boolean;
  repairs: boolean;
}

export const CHECK_USAGE = `npm run check-log -- [options]          in a gateway's container: node dist/check-log.mjs [options]

Reads the room logs of a database, and says what is wrong with them. Gateways may run meanwhile.

  --database URL   mysql://user:password@host:port/database (default: DATABASE_URL, which keeps the password out of process lists)
  --data-dir DIR   the folder of the embedded mode's SQLite file (default: DATA_DIR, or ./data, where there is no DATABASE_URL)
  --room SLUG      this room alone
  --json           a line of JSON for each room with faults, and one at the end
  --repair         raise the head of a room that is behind the room's last entry to that entry: the room takes messages again, and
                   nothing is lost by it. Nothing else is changed; without it nothing at all

Exits 0 where nothing is wrong, 1 where something is (put right or not), 2 where it could not look.`;

/** @throws {CannotCheck} naming what is wrong with the arguments or the environment; null where help was asked for. */
export function readCheckOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): CheckOptions | null {
  const values = parse(args);
  if (values.help === true) return null;
  const { database, 'data-dir': dataDir } = values;
  if (database !== undefined && dataDir !== undefined) {
    throw new CannotCheck('--database and --data-dir are two databases: give one of them');
  }
  const url = database ?? (dataDir === undefined ? environment['DATABASE_URL'] : undefined);
  if (url) assertMysqlUrl(url, database === undefined ? 'DATABASE_URL' : '--database');
  return {
    place: url ? { url } : { dataDir: dataDir ?? (environment['DATA_DIR'] || './data') },
    room: values.room ?? null,
    json: values.json === true,
    repairs: values.repair === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        database: { type: 'string' },
        'data-dir': { type: 'string' },
        room: { type: 'string' },
        json: { type: 'boolean' },
        repair: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Its message may quote an argument, and that a password.
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CannotCheck(`these arguments are not understood (${code}). See --help`);
  }
}

function assertMysqlUrl(url: string, name: string): void {
  const isOne = URL.canParse(url) && new URL(url).protocol === 'mysql:';
  if (!isOne) throw new CannotCheck(`${name} is no mysql://user:password@host:port/database`);
}
