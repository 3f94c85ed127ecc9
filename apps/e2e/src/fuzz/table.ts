import type { Memory } from './memory';
import type { FuzzReport } from './run';
import { TARGETS } from './targets';

/** Of a long list the most frequent ones tell enough. */
const TOLD = 12;

/** What a run came to, in Markdown: how much was sent to each target, and how it was answered. */
export function table(
  { ms, tallies, problems }: FuzzReport,
  memory: Memory,
  command: string,
): string {
  const sent = tallies.reduce((sum, it) => sum + it.sent, 0);
  const lines = tallies.map(({ target, sent: inputs, ms: spent, outcomes, wrongs }) => {
    const what = TARGETS.find(({ id }) => id === target)?.what ?? target;
    const answers = [...outcomes].sort(([, a], [, b]) => b - a).slice(0, TOLD);
    const told = answers.map(([outcome, count]) => `${outcome} × ${String(count)}`).join(', ');
    return `| ${what.padEnd(44)} | ${String(inputs).padStart(8)} | ${String(Math.round((inputs / spent) * 1000)).padStart(8)} | ${String(wrongs).padStart(5)} | ${told} |`;
  });
  return [
    `\`${command}\`: ${String(sent)} inputs in ${String(Math.round(ms / 1000))} s, ${String(problems.length)} problems.`,
    '',
    `| ${'target'.padEnd(44)} |   inputs | a second | wrong | answers |`,
    `| ${'-'.repeat(44)} | -------: | -------: | ----: | ------- |`,
    ...lines,
    '',
    'Memory after the warm-up, after half of it and at the end:',
    ...memory.summary().map((line) => `- ${line}`),
  ].join('\n');
}
