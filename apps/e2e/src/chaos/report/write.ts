import { writeFileSync } from 'node:fs';
import type { Outcome } from '../outcome';
import { seriesOf } from './series';
import { timeline } from './timeline';

export interface Files {
  svg: string | null;
  json: string | null;
}

/** Writes what was asked for. What every client saw is in the JSON only where something was wrong: it is long. */
export function writeReport(outcome: Outcome, { svg, json }: Files): void {
  if (svg !== null) writeFileSync(svg, timeline(outcome));
  if (json === null) return;
  const { history, ...rest } = outcome;
  const series = seriesOf(outcome);
  const all = { ...rest, series, ...(rest.problems.length > 0 && { history }) };
  writeFileSync(json, `${JSON.stringify(all)}\n`);
}
