import { quantile } from '../script';
import type { Told } from './crowd/wire';

/** The greatest number of `times` (in ms) within any second. */
export function mostInASecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [i, time] of sorted.entries()) {
    while (time - (sorted[from] ?? 0) >= 1_000) from++;
    most = Math.max(most, i - from + 1);
  }
  return most;
}

export function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

export function inMs(ms: number | null): string {
  return ms === null ? 'none' : `${ms.toFixed(0)} ms`;
}

/** "500 goingAway, 3 lost"; "none" for none. */
export function counts(of: Record<string, number>): string {
  const parts = Object.entries(of).map(([what, count]) => `${String(count)} ${what}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** Connections by gateway, the first first. */
export function spread(gateways: Record<string, number>, of: number): string {
  const names = Array.from({ length: of }, (_, i) => `gateway-${String(i + 1)}`);
  return names.map((name) => String(gateways[name] ?? 0)).join(' / ');
}

/** The time away of those who were away; 0 where nobody was. */
export function away(aways: number[], share: number): number {
  return aways.length === 0 ? 0 : quantile(aways, share);
}

/** Above this share of its time the crowd can be behind by itself, and what it sees late tells nothing of the cluster. */
const BUSY_SHARE = 0.8;

/** What the crowd took itself. */
export function crowdRow({ cpuShare, waitShare, lateMs }: Told): [string, string] {
  const [took, waited] = [cpuShare, waitShare].map((it) => `${(it * 100).toFixed(0)} %`);
  return [
    'the crowd took of a core, waited for one, was late at most',
    [took, waited, inMs(lateMs)].join(', '),
  ];
}

/** Where a bound is on what the crowd sees: says when the figures are of the crowd. */
export function crowdProblems({ cpuShare, waitShare }: Told): string[] {
  return cpuShare + waitShare > BUSY_SHARE
    ? ['the crowd had no time left: it was measured, not the cluster']
    : [];
}
