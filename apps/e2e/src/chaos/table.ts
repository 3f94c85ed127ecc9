import { quantile } from '../script';
import type { FaultResult, Outcome } from './outcome';

interface Line {
  kind: string;
  faults: number;
  /** ms; infinite where there was none. */
  recoveries: number[];
}

/** What a run came to, in Markdown: how long people took to recover from each kind of fault. */
export function table({ command, ms, acknowledged, faults, problems }: Outcome): string {
  const lines = byKind(faults).map(({ kind, faults: count, recoveries }) =>
    [kind, String(count), inSeconds(quantile(recoveries, 0.5)), inSeconds(quantile(recoveries, 1))]
      .map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(8)))
      .join(' | '),
  );
  return [
    `\`${command}\`: ${String(faults.length)} faults in ${String(Math.round(ms / 1000))} s, ` +
      `${String(acknowledged)} messages acknowledged, ${String(problems.length)} problems.`,
    '',
    `| ${'kind'.padEnd(16)} |   faults |   median |    worst |`,
    `| ${'-'.repeat(16)} | -------: | -------: | -------: |`,
    ...lines.map((line) => `| ${line} |`),
    '',
    'From when the fault was over (of a kill: from the kill) until everybody was there and had a fresh message.',
  ].join('\n');
}

function byKind(faults: readonly FaultResult[]): Line[] {
  const lines = new Map<string, Line>();
  for (const { kind, recoveryMs } of faults) {
    const line = lines.get(kind) ?? { kind, faults: 0, recoveries: [] };
    line.faults++;
    line.recoveries.push(recoveryMs ?? Infinity);
    lines.set(kind, line);
  }
  return [...lines.values()].sort((a, b) => a.kind.localeCompare(b.kind));
}

function inSeconds(ms: number): string {
  return ms === Infinity ? 'never' : `${(ms / 1000).toFixed(2)} s`;
}
