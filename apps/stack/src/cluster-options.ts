import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start';

/** Where a server listens, and where the gateways ask for it: elsewhere, where something stands in between. */
interface ServerPorts {
  /** Null: a free one. */
  own: number | null;
  /** One for each gateway; empty: all ask the server itself. */
  gateways: number[];
}

export interface ClusterOptions {
  gateways: number;
  /** One line of JSON on standard output instead of a summary. */
  json: boolean;
  /** Of Nginx; null: a free one. */
  port: number | null;
  redisPorts: ServerPorts;
  mysqlPorts: ServerPorts;
  /** Kept afterwards; null: a temporary one. */
  dir: string | null;
  web: boolean;
  seed: boolean;
  untilStdinEnds: boolean;
}

export const CLUSTER_USAGE = `npm run cluster -- [options]

Runs Redis, MariaDB or MySQL, Nginx, gateways and the web app as processes of this machine, and starts again what dies.

  --gateways N        how many gateways (default 2)
  --port N            Nginx's port (default: a free one)
  --redis-ports P     Redis's port (default: a free one); with P,A,B,… gateway 1 reaches it at port A, gateway 2 at port B, where
                      something of yours passes it on
  --mysql-ports P     the same for the database
  --dir D             keep data, logs and cluster.json here and use what is there (default: a temporary folder)
  --no-web            without the web app
  --seed              with the seeded rooms and their bots
  --json              print one line of JSON when it is ready, and nothing else, on standard output
  --until-stdin-ends  stop when standard input ends: for programs that start it and may be killed`;

/** @throws {CannotStart} naming what is wrong; null where help was asked for. */
export function parseClusterOptions(args: string[]): ClusterOptions | null {
  const values = parse(args);
  if (values.help === true) return null;
  const gateways = wholeNumber('--gateways', values.gateways ?? '2', { min: 1, max: 64 });
  return {
    gateways,
    json: values.json === true,
    port: values.port === undefined ? null : portNumber('--port', values.port),
    redisPorts: serverPorts('--redis-ports', values['redis-ports'], gateways),
    mysqlPorts: serverPorts('--mysql-ports', values['mysql-ports'], gateways),
    dir: values.dir ?? null,
    web: values['no-web'] !== true,
    seed: values.seed === true,
    untilStdinEnds: values['until-stdin-ends'] === true,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        gateways: { type: 'string' },
        json: { type: 'boolean' },
        port: { type: 'string' },
        'redis-ports': { type: 'string' },
        'mysql-ports': { type: 'string' },
        dir: { type: 'string' },
        'no-web': { type: 'boolean' },
        seed: { type: 'boolean' },
        'until-stdin-ends': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CannotStart(`${message.split('. ')[0] ?? message}. See npm run cluster -- --help`);
  }
}

function serverPorts(name: string, text: string | undefined, gateways: number): ServerPorts {
  if (text === undefined) return { own: null, gateways: [] };
  const [own = 0, ...others] = text.split(',').map((it) => portNumber(name, it));
  if (others.length > 0 && others.length !== gateways) {
    throw new CannotStart(
      `${name} has the server's port and, after it, none or ${String(gateways)}: one for each gateway.`,
    );
  }
  return { own, gateways: others };
}

function portNumber(name: string, text: string): number {
  return wholeNumber(name, text, { min: 1, max: 65_535 });
}

function wholeNumber(
  name: string,
  text: string,
  { min, max }: { min: number; max: number },
): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new CannotStart(
      `${name} is a number from ${String(min)} to ${String(max)}, not "${text}".`,
    );
  }
  return value;
}
