import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start';

export interface ClusterOptions {
  gateways: number;
  /** One line of JSON on standard output instead of a summary. */
  json: boolean;
  /** Of Nginx; null: a free one. */
  port: number | null;
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
  --dir D             keep data, logs and cluster.json here and use what is there (default: a temporary folder)
  --no-web            without the web app
  --seed              with the seeded rooms and their bots
  --json              print one line of JSON when it is ready, and nothing else, on standard output
  --until-stdin-ends  stop when standard input ends: for programs that start it and may be killed`;

/** @throws {CannotStart} naming what is wrong; null where help was asked for. */
export function parseClusterOptions(args: string[]): ClusterOptions | null {
  const values = parse(args);
  if (values.help === true) return null;
  return {
    gateways: wholeNumber('--gateways', values.gateways ?? '2', { min: 1, max: 64 }),
    json: values.json === true,
    port:
      values.port === undefined
        ? null
        : wholeNumber('--port', values.port, { min: 1, max: 65_535 }),
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
