import { randomInt } from 'node:crypto';
import { parseFlags, select, whole } from '../options';
import type { Target } from './target';
import { TARGETS } from './targets';

export interface FuzzCommand {
  count: number;
  seed: number;
  targets: readonly Target[];
  /** Where the cluster's folder is to stay, with data and logs. */
  keep: string | null;
}

const COUNT = 1_000_000;
const SEED_END = 1_000_000;

const help = () => `
npm run fuzz -- [options]

  --count N       how many frames and requests (${String(COUNT)})
  --seed N        repeats a run: the same inputs (else a new one, which is told)
  --targets a,b   only these; a name also stands for all that begin with it and a dash
  --keep DIR      the cluster's folder, with its data and logs, is this one and stays

Targets:
${TARGETS.map(({ id, what }) => `  ${id.padEnd(16)}${what}`).join('\n')}
`;

/**
 * @returns null where help was asked for, which `say` has been told.
 * @throws {WrongOptions} naming what there is.
 */
export function parseFuzzOptions(args: string[], say: (text: string) => void): FuzzCommand | null {
  const values = parseFlags(args, {
    count: { type: 'string' },
    seed: { type: 'string' },
    targets: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    say(help());
    return null;
  }
  return {
    count: whole('count', values.count ?? String(COUNT), 1),
    seed: whole('seed', values.seed ?? String(randomInt(SEED_END)), 0),
    targets: values.targets === undefined ? TARGETS : select('target', values.targets, TARGETS),
    keep: values.keep ?? null,
  };
}

/** What repeats the run. */
export function commandOf({ count, seed, targets }: FuzzCommand): string {
  const ids = targets.map(({ id }) => id).join(',');
  const chosen = targets.length === TARGETS.length ? '' : ` --targets ${ids}`;
  return `npm run fuzz -- --count ${String(count)} --seed ${String(seed)}${chosen}`;
}
