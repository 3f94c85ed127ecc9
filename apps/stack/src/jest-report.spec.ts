import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJestReport } from './jest-report';

const dir = mkdtempSync(join(tmpdir(), 'hubbub-report-'));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('a file of tests that could not be read counts as a failure', () => {
  const file = join(dir, 'report.json');
  const report = {
    numPassedTests: 7,
    numFailedTests: 1,
    numPendingTests: 2,
    numRuntimeErrorTestSuites: 1,
  };
  writeFileSync(file, JSON.stringify(report));
  expect(readJestReport(file)).toEqual({ passed: 7, failed: 2, skipped: 2 });
});

test('no report is a failure', () => {
  expect(readJestReport(join(dir, 'none.json'))).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
