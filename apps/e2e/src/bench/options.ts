import { listed, parseFlags, select, whole, WrongOptions, type Named } from '../options';
import type { Sizes } from './cases/case';

export interface Options<C extends Named, S extends Named> {
  cases: C[];
  systems: S[];
  rounds: number;
  sizes: Sizes;
  isProfiled: boolean;
  json: string | null;
  svg: string | null;
  /** A document whose tables are replaced. */
  markdown: string | null;
  /** Where the peers are, or are to be installed. */
  peers: string | null;
}

const FULL: Sizes = { seconds: 4, viewers: 1_000, idle: 10_000, connects: 5_000 };
const QUICK: Sizes = { seconds: 1, viewers: 1_000, idle: 2_000, connects: 2_000 };

/** A case is asked of Hubbub alone for its profile; without `--cases`, of this one. */
const PROFILED_CASE = 'fanout-200';

const help = (cases: readonly Named[], systems: readonly Named[]) => `
npm run bench -- [options]

  --cases a,b     what is asked, of ${listed(cases)}
                  A name also stands for all that begin with it and a dash.
  --systems x,y   who is asked, of ${listed(systems)}
  --rounds N      how often; tables have the medians (3)
  --seconds N     each measurement (${String(FULL.seconds)})
  --quick         one round, ${String(QUICK.seconds)} s each, fewer connections, no simulations
  --json FILE     every round's figures
  --svg FILE      a picture
  --markdown FILE puts the tables into this document, in place of those that it has
  --profile       a CPU profile of the gateway in one case (${PROFILED_CASE}), and where its time goes
  --peers DIR     where the other systems are, or are to be installed
`;

/**
 * @returns null where help was asked for, which `say` has been told.
 * @throws {WrongOptions} naming what there is.
 */
export function parseOptions<C extends Named, S extends Named>(
  args: string[],
  known: { cases: readonly C[]; simulations: readonly C[]; systems: readonly S[] },
  say: (text: string) => void,
): Options<C, S> | null {
  const all = [...known.cases, ...known.simulations];
  const values = parseFlags(args, {
    cases: { type: 'string' },
    systems: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string' },
    markdown: { type: 'string' },
    peers: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    say(help(all, known.systems));
    return null;
  }
  const given = values.cases ?? (values.profile ? PROFILED_CASE : undefined);
  // Simulations have nothing to do with who is asked, and are not quick.
  const isWhole = values.systems === undefined && !values.quick;
  const byDefault = isWhole ? all : [...known.cases];
  const cases = given === undefined ? byDefault : select('case', given, all);
  const systems =
    values.systems === undefined
      ? [...known.systems]
      : select('system', values.systems, known.systems);
  if (values.profile && cases.length !== 1)
    throw new WrongOptions('--profile is of one case: name it with --cases');
  const sizes = values.quick ? QUICK : FULL;
  return {
    cases,
    systems: values.profile ? select('system', 'hubbub', known.systems).slice(0, 1) : systems,
    rounds: whole('rounds', values.rounds ?? (values.quick || values.profile ? '1' : '3'), 1),
    sizes: { ...sizes, seconds: whole('seconds', values.seconds ?? String(sizes.seconds), 1) },
    isProfiled: values.profile,
    json: values.json ?? null,
    svg: values.svg ?? null,
    markdown: values.markdown ?? null,
    peers: values.peers ?? null,
  };
}
