import { listed, parseFlags, select, whole } from '../options';
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
  const values = parseFlags(args, {
    only: { type: 'string' },
    connections: { type: 'string' },
    seconds: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    say(help());
    return null;
  }
  return {
    cases: values.only === undefined ? CASES : select('case', values.only, CASES),
    sizes: {
      connections: whole('connections', values.connections ?? String(DEFAULTS.connections), 1),
      seconds: whole('seconds', values.seconds ?? String(DEFAULTS.seconds), 1),
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
