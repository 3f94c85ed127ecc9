import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createProgress, wholeNumber } from '../../script';
import { Cluster } from '../../testing/cluster';
import { workspacePath } from '../../testing/workspace';
import { defaultFolder, installSoketi, SOKETI_VERSION } from './install-soketi';
import { gatewayPlan, soketiPlan, type Backends } from './plans';
import { RoundRunner } from './round';
import { problems, table, type Contender } from './table';

/**
 * Hubbub's gateway and Soketi side by side: the same load on the same machine in the same run, by turns. Prints the medians as a
 * table in Markdown. Exits 1 where something that was published did not arrive everywhere.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    subscribers: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '3000' },
    /** Events a second. */
    rates: { type: 'string', default: '20,100,200' },
    /** Measures two processes of each on one Redis, besides one of each. */
    redis: { type: 'boolean', default: false },
    /** Where Soketi is, or is to be installed. */
    dir: { type: 'string', default: defaultFolder() },
    /** The built gateway: another one than this workspace's, to compare two. */
    gateway: { type: 'string', default: workspacePath('apps/gateway/dist/main.mjs') },
    /** A file for every round's figures. */
    json: { type: 'string' },
  },
});

const settings = {
  seconds: wholeNumber('seconds', values.seconds),
  subscribers: wholeNumber('subscribers', values.subscribers),
  connections: wholeNumber('connections', values.connections),
  rates: values.rates.split(',').map((rate) => wholeNumber('rates', rate)),
};
const rounds = wholeNumber('rounds', values.rounds);
if (settings.connections < settings.subscribers)
  throw new Error('--connections is at least as many as --subscribers');

const { progress, clear } = createProgress();
const ending = new AbortController();
const runner = new RoundRunner();
let cluster: Cluster | null = null;

/** The process exits with what this is first told. */
async function stop(code: number): Promise<void> {
  if (ending.signal.aborted) return;
  ending.abort();
  await runner.stop();
  await cluster?.stop();
  clear();
  process.exit(code);
}

interface Comparison {
  title: string;
  processes: number;
  contenders: [Contender, Contender];
}

async function compare(
  { title, processes, contenders }: Comparison,
  programs: { gateway: string; soketi: string },
  backends: Backends | null,
): Promise<void> {
  const plans = [gatewayPlan(programs.gateway, backends), soketiPlan(programs.soketi, backends)];
  for (let round = 1; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const plan = plans[index];
      if (!plan) continue;
      const where = `${title}, round ${String(round)} of ${String(rounds)}, ${contender.name}: `;
      const tell = (text: string) => {
        progress(where + text);
      };
      contender.rounds.push(await runner.run({ ...settings, plan, processes, progress: tell }));
    }
  }
}

function contenders(): [Contender, Contender] {
  return [
    { name: 'Hubbub', rounds: [] },
    { name: `Soketi ${SOKETI_VERSION}`, rounds: [] },
  ];
}

async function measure(): Promise<string[]> {
  if (!existsSync(values.gateway))
    throw new Error(`there is no ${values.gateway}: build it with npx nx build gateway`);
  const install = { dir: values.dir, progress, signal: ending.signal };
  const programs = { gateway: values.gateway, soketi: await installSoketi(install) };
  const single = { title: 'one process', processes: 1, contenders: contenders() };
  await compare(single, programs, null);
  const comparisons: Comparison[] = [single];
  if (values.redis) {
    progress('starts Redis and a database');
    cluster = await Cluster.start({ gateways: 1 });
    const pair = { title: 'two processes on Redis', processes: 2, contenders: contenders() };
    await compare(pair, programs, { redis: cluster.redis, mysql: cluster.mysql });
    comparisons.push(pair);
  }
  clear();
  const [cpu] = cpus();
  console.log(
    `${String(cpus().length)} × ${cpu?.model ?? 'CPU'}, Node ${process.version}, ${String(settings.subscribers)} subscribers of one channel, ${String(settings.seconds)} s for each rate; medians of ${String(rounds)} rounds.`,
  );
  for (const { title, contenders: pair } of comparisons) {
    console.log(`\n**${title}**\n\n${table(...pair, settings.connections)}`);
  }
  if (values.json) {
    writeFileSync(values.json, JSON.stringify({ settings, rounds, comparisons }, null, 2));
  }
  return comparisons.flatMap(({ contenders: pair }) => pair.flatMap(problems));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(130));
try {
  const wrong = await measure();
  for (const problem of wrong) console.log(`\nWRONG: ${problem}`);
  await stop(wrong.length === 0 ? 0 : 1);
} catch (error) {
  if (!ending.signal.aborted) console.error(error);
  await stop(1);
}
