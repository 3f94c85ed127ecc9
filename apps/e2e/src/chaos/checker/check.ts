import type { Evidence } from './evidence';
import { checkKeptLog } from './kept-log';
import { checkLateness } from './lateness';
import { checkModeration } from './moderation';
import { checkPlaces } from './places';
import { checkPresence } from './presence';
import { checkPublications } from './publications';
import { checkRefusals } from './refusals';
import { checkViews } from './views';

const CHECKS = [
  checkKeptLog,
  checkViews,
  checkRefusals,
  checkModeration,
  checkPlaces,
  checkPublications,
  checkPresence,
  checkLateness,
];
/** Of one check: what breaks breaks often. */
const SHOWN = 20;

/** What is wrong, in plain words; nothing where every guarantee held. */
export function check(evidence: Evidence): string[] {
  return CHECKS.flatMap((it) => {
    const problems = it(evidence);
    const more = problems.length - SHOWN;
    return more > 0
      ? [...problems.slice(0, SHOWN), `… and ${String(more)} more like these`]
      : problems;
  });
}
