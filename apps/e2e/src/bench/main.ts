import { runCommand, type Command } from '../command';
import { Bench } from './bench';
import type { Case } from './cases/case';
import { CASES } from './cases';
import { parseOptions, type Options } from './options';
import { markdown, problems } from './report/markdown';
import { hotFunctions } from './report/profile-table';
import { summarise, type Summary } from './report/summary';
import { writeFiles } from './report/write';
import { SIMULATIONS } from './simulations';
import { runSimulation, type SimulationResult } from './simulations/run';
import type { Simulation } from './simulations/simulation';
import { SYSTEMS } from './systems';
import type { System } from './systems/system';

/**
 * `npm run bench`: Hubbub and its peers under the same load, one after another on this machine. Prints the medians as tables in
 * Markdown. Exits 1 where Hubbub did not deliver everything, 2 where it was asked for what there is not.
 */
await runCommand(async (command) => {
  const known = { cases: CASES, simulations: SIMULATIONS, systems: SYSTEMS };
  const options = parseOptions<Case | Simulation, System>(process.argv.slice(2), known, (text) => {
    console.log(text);
  });
  if (options === null) return 0;
  const summary = await run(options, command);
  command.clear();
  writeFiles(summary, options);
  console.log(markdown(summary));
  const wrong = problems(summary);
  for (const it of wrong) console.log(`\nWRONG: ${it}`);
  return wrong.length === 0 ? 0 : 1;
});

type Chosen = Options<Case | Simulation, System>;

async function run(options: Chosen, { progress, clear, signal }: Command): Promise<Summary> {
  const { systems, rounds, sizes } = options;
  const cases = options.cases.filter((it) => 'measure' in it);
  const profile = options.isProfiled ? `${cases[0]?.id ?? 'bench'}.cpuprofile` : null;
  const bench = new Bench({
    cases,
    systems,
    rounds,
    sizes,
    progress: withTimeLeft(progress),
    signal,
    ...(options.peers !== null && { peersDir: options.peers }),
    ...(profile !== null && {
      profile: {
        file: profile,
        tell: (functions) => {
          clear();
          console.log(
            `${hotFunctions(functions)}\n\n${profile} opens in the browser's developer tools.\n`,
          );
        },
      },
    }),
  });
  const results = await bench.run();
  const simulated: SimulationResult[] = [];
  for (const it of options.cases.filter((one) => 'run' in one)) {
    simulated.push(await runSimulation(it, { sizes, progress, signal }));
  }
  const command = ['npm run bench', ...quoted(process.argv.slice(2))].join(' ');
  return summarise(results, { command, rounds, sizes, simulations: simulated });
}

/** A run takes minutes: it says how many are left, as far as it can be told from what is done. */
function withTimeLeft(progress: (text: string) => void): (text: string, share: number) => void {
  const began = performance.now();
  return (text, share) => {
    const left = ((performance.now() - began) * (1 - share)) / share / 60_000;
    const minutes = share > 0 ? `, about ${String(Math.ceil(left))} min left` : '';
    progress(`${text} (${String(Math.floor(share * 100))} %${minutes})`);
  };
}

function quoted(args: string[]): string[] {
  return args.length === 0 ? [] : ['--', ...args];
}
