import { FIGURES, show } from '../cases/figures';
import type { SimulationResult } from '../simulations/run';
import { aims, type Aim } from './aims';
import { scale, type Reckoning } from './scale';
import type { CaseSummary, Summary, SystemSummary } from './summary';

/** The run as tables in Markdown. */
export function markdown(summary: Summary): string {
  const parts = [
    heading(summary),
    ...aimsTable(aims(summary)),
    ...summary.cases.map(caseTable),
    ...summary.simulations.map(simulationTable),
    ...scale(summary).map(reckoningTable),
  ];
  return parts.join('\n\n');
}

function heading({ machine, command, date, rounds, sizes }: Summary): string {
  const { cores, cpu, memoryGib, node, platform, hasAutogroups } = machine;
  const medians = rounds === 1 ? 'one round' : `medians of ${String(rounds)} rounds`;
  return `\`${command}\`, ${date}: ${String(cores)} × ${cpu}, ${String(memoryGib)} GiB, Node ${node}, ${platform}, autogroups ${hasAutogroups ? 'on' : 'off'}; ${String(sizes.seconds)} s for each measurement, ${medians}.`;
}

/** Only what was measured; nothing where that is nothing. */
function aimsTable(all: readonly Aim[]): string[] {
  const lines = all
    .filter(({ measured }) => measured !== null)
    .map(({ what, aim, measured, isMet }) => {
      return `| ${what} | ${aim} | ${measured ?? '–'} | ${isMet === true ? 'yes' : '**no**'} |`;
    });
  if (lines.length === 0) return [];
  return [['| Hubbub | aim | measured | met |', '|---|--:|--:|:-:|', ...lines].join('\n')];
}

function caseTable({ title, figures, systems, id }: CaseSummary): string {
  const ours = systems.find((it) => it.id === 'hubbub')?.figures.cpuPerDelivery ?? null;
  const hasRatio = ours !== null && systems.length > 1 && figures.includes('cpuPerDelivery');
  const names = figures.map((name) => FIGURES[name].title);
  const header = ['', ...names];
  if (hasRatio) header.splice(2, 0, '× Hubbub’s');
  const lines = systems.map((system) => {
    const cells = figures.map((name) => show(name, system.figures[name]));
    if (hasRatio) cells.splice(1, 0, times(system.figures.cpuPerDelivery, ours));
    return `| ${[system.name, ...cells].join(' | ')} |`;
  });
  const notes = systems.flatMap(note);
  return [
    `**${title}** (\`${id}\`)`,
    '',
    `| ${header.join(' | ')} |`,
    `|---|${'--:|'.repeat(header.length - 1)}`,
    ...lines,
    ...(notes.length > 0 ? ['', ...notes.map((text) => `- ${text}`)] : []),
  ].join('\n');
}

function simulationTable({ id, title, columns, rows }: SimulationResult): string {
  return [
    `**${title}** (\`${id}\`)`,
    '',
    `| ${columns.join(' | ')} |`,
    `|---|${'--:|'.repeat(columns.length - 1)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

function reckoningTable({ title, rows }: Reckoning): string {
  return [
    `**${title}**`,
    '',
    '| | | |',
    '|---|--:|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

function times(value: number | null | undefined, ours: number): string {
  return value === null || value === undefined || ours === 0 ? '–' : (value / ours).toFixed(1);
}

/** Why figures are missing. */
function note({ name, failures, rounds }: SystemSummary): string[] {
  if (failures.length === 0) return [];
  return [
    `${name}: ${String(failures.length)} of ${String(Math.max(failures.length, rounds.length))} rounds failed: ${firstAndLast(failures[0] ?? '')}`,
  ];
}

/** What failed, and of what it said the last line: the rest is in the JSON. */
function firstAndLast(failure: string): string {
  const lines = failure.split('\n').filter((line) => line.trim() !== '');
  const [first = '', last = ''] = [lines[0], lines.at(-1)];
  return (lines.length > 1 ? `${first} … ${last}` : first).slice(0, 300);
}

/** The lines between which a document's tables are. */
const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

/**
 * The document with these tables in place of those that it had.
 *
 * @throws {Error} where it has no place for them.
 */
export function withTables(document: string, tables: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`it has no line ${BEGIN} with a line ${END} behind it`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${tables}\n\n${document.slice(end)}`;
}

/** What Hubbub did that it must not: every message to everyone, nobody closed, nothing refused. */
export function problems({ cases }: Summary): string[] {
  return cases.flatMap(({ id, systems }) =>
    systems
      .filter((system) => system.id.startsWith('hubbub'))
      .flatMap(({ name, rounds, failures }) => [
        ...rounds.flatMap((round, index) =>
          round.problems.map((it) => `${name}, ${id}, round ${String(index + 1)}: ${it}`),
        ),
        ...failures.map((it) => `${name}, ${id}: ${firstAndLast(it)}`),
      ]),
  );
}
