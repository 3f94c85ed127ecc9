import { parseArgs } from 'node:util';
import { Cluster, type ClusterOptions } from './testing/cluster';

/** What a script is given. */
export interface Script {
  cluster: Cluster;
  /** The value of `--name`, a whole number. */
  number: (name: string) => number;
  /** Shows how far it is, on one line of the terminal. */
  progress: (text: string) => void;
}

export interface ScriptOptions {
  /** How it is started: a figure without its command is worth little. */
  command: string;
  /** Numbers that may be given as `--name N`, and what they are otherwise. */
  numbers: Record<string, number>;
  cluster: ClusterOptions;
}

/** A table's lines: what, and how much. */
export type Rows = [what: string, value: string][];

/**
 * Runs a script on a cluster of its own, or on that of `--dir D` (see `npm run cluster -- --dir D`), prints its table, and stops
 * what it started. Exits 1 where the script says that something is wrong.
 */
export async function runScript(
  options: ScriptOptions,
  work: (script: Script) => Promise<{ rows: Rows; problems: string[] }>,
): Promise<never> {
  const numbers = { ...options.numbers };
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      ...Object.fromEntries(
        Object.keys(numbers).map((name) => [name, { type: 'string' as const }]),
      ),
    },
  });
  const given = values as Record<string, string | undefined>;
  for (const name of Object.keys(numbers)) {
    numbers[name] = wholeNumber(name, given[name] ?? String(numbers[name]));
  }
  const { progress, clear } = createProgress();
  const { dir } = given;
  const cluster = dir === undefined ? await Cluster.start(options.cluster) : Cluster.at(dir);
  const stop = async (code: number): Promise<never> => {
    if (dir === undefined) await cluster.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop(130));
  }
  try {
    await cluster.isWhole();
    const number = (name: string) => numbers[name] ?? 0;
    const { rows, problems } = await work({ cluster, number, progress });
    clear();
    const args = Object.entries(numbers).map(([name, value]) => `--${name}=${String(value)}`);
    console.log(`\n${options.command} ${args.join(' ')}`);
    for (const [what, value] of rows) console.log(`  ${what.padEnd(52)} ${value.padStart(14)}`);
    for (const problem of problems.slice(0, 20)) console.log(`  WRONG: ${problem}`);
    return await stop(problems.length === 0 ? 0 : 1);
  } catch (error) {
    console.error(error);
    return stop(1);
  }
}

/** The value of `--name`. */
function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number from 1`);
  return value;
}

/** Shows how far it is, on one line of the terminal; `clear` takes that away. */
export function createProgress(): { progress: (text: string) => void; clear: () => void } {
  const began = performance.now();
  return {
    progress: (text) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${seconds} s  ${text}`);
      else process.stderr.write(`${seconds} s  ${text}\n`);
    },
    clear: () => {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    },
  };
}

/** The value that `share` of the values are not above. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function inMib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
