import { randomInt } from 'node:crypto';
import { parseFlags, select, whole, WrongOptions } from '../options';
import { KINDS } from './faults';
import type { Kind } from './faults/fault';

export interface ChaosOptions {
  /** How many are made. */
  faults: number;
  /** Everything that is left to chance comes from it. */
  seed: number;
  kinds: readonly Kind[];
  /** The longest pause between two faults. */
  secondsBetween: number;
  svg: string | null;
  json: string | null;
  /** Where the cluster's folder is to stay, with data and logs. */
  keep: string | null;
}

const DEFAULTS = { faults: 200, secondsBetween: 2 };
const SEED_END = 1_000_000;

const help = () => `
npm run chaos -- [options]

  --faults N            how many (${String(DEFAULTS.faults)})
  --seed N              repeats a run: the same faults in the same order (else a new one, which is told)
  --kinds a,b           only these; a name also stands for all that begin with it and a dash
  --seconds-between S   the longest pause between two faults (${String(DEFAULTS.secondsBetween)})
  --svg FILE            a picture: faults, acknowledged messages, delays
  --json FILE           every fault, and what was wrong
  --keep DIR            the cluster's folder, with its data and logs, is this one and stays

Kinds of faults:
${KINDS.map(({ id, what }) => `  ${id.padEnd(16)}${what}`).join('\n')}
`;

/**
 * @returns null where help was asked for, which `say` has been told.
 * @throws {WrongOptions} naming what there is.
 */
export function parseChaosOptions(
  args: string[],
  say: (text: string) => void,
): ChaosOptions | null {
  const values = parseFlags(args, {
    faults: { type: 'string' },
    seed: { type: 'string' },
    kinds: { type: 'string' },
    'seconds-between': { type: 'string' },
    svg: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    say(help());
    return null;
  }
  return {
    faults: whole('faults', values.faults ?? String(DEFAULTS.faults), 1),
    seed: whole('seed', values.seed ?? String(randomInt(SEED_END)), 0),
    kinds: values.kinds === undefined ? KINDS : select('kind', values.kinds, KINDS),
    secondsBetween: seconds(values['seconds-between'] ?? String(DEFAULTS.secondsBetween)),
    svg: values.svg ?? null,
    json: values.json ?? null,
    keep: values.keep ?? null,
  };
}

/** What repeats the run. */
export function commandOf({ faults, seed, kinds, secondsBetween }: ChaosOptions): string {
  const isAll = kinds.length === KINDS.length;
  return [
    `npm run chaos -- --faults ${String(faults)} --seed ${String(seed)}`,
    ...(isAll ? [] : [`--kinds ${kinds.map(({ id }) => id).join(',')}`]),
    ...(secondsBetween === DEFAULTS.secondsBetween
      ? []
      : [`--seconds-between ${String(secondsBetween)}`]),
  ].join(' ');
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new WrongOptions(`--seconds-between is a number from 0, not "${text}"`);
  return value;
}
