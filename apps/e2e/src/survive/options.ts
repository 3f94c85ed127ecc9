import { parseArgs } from 'node:util';
import { listed, select, WrongOptions } from '../selection';
import { CASES } from './cases';
import type { Case, Sizes } from './cases/case';

export interface SurviveOptions {
  cases: readonly Case[];
  sizes: Sizes;
}

const DEFAULTS: Sizes = { connections: 3_000, seconds: 30 };

const help = () => `
npm run survive -- [options]

  --only a,b        only these cases: ${listed(CASES)}
  --connections N   behind Nginx (${String(DEFAULTS.connections)})
  --seconds N       how long Redis is away, and a viewer reads slowly (${String(DEFAULTS.seconds)})

${CASES.map((it) => `  ${it.id.padEnd(18)}${it.title(DEFAULTS)}`).join('\n')}
`;

/**
 * @returns null where help was asked for, which `say` has been told.
 * @throws {WrongOptions} naming what there is.
 */
export function parseSurviveOptions(
  args: string[],
  say: (text: string) => void,
): SurviveOptions | null {
  const { only, connections, seconds, help: wantsHelp } = parse(args);
  if (wantsHelp) {
    say(help());
    return null;
  }
  return {
    cases: only === undefined ? CASES : select('case', only, CASES),
    sizes: {
      connections: whole('--connections', connections ?? String(DEFAULTS.connections)),
      seconds: whole('--seconds', seconds ?? String(DEFAULTS.seconds)),
    },
  };
}

/** What repeats the run of one case. */
export function commandOf({ id }: Case, { connections, seconds }: Sizes): string {
  return [
    `npm run survive -- --only ${id}`,
    ...(connections === DEFAULTS.connections ? [] : [`--connections ${String(connections)}`]),
    ...(seconds === DEFAULTS.seconds ? [] : [`--seconds ${String(seconds)}`]),
  ].join(' ');
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string' },
        connections: { type: 'string' },
        seconds: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new WrongOptions(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new WrongOptions(`${name} is a whole number from 1, not "${text}"`);
  return value;
}
