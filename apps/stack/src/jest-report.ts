import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
});

/** What came of tests, or of a step that is no test. */
export interface Counts {
  passed: number;
  failed: number;
  /** Tests that are there and were not run. */
  skipped: number;
}

/** What `jest --json` reported. A file of tests that could not even be read counts as one failure; so does no report at all. */
export function readJestReport(file: string): Counts {
  try {
    const report = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
