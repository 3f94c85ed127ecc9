import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditDependencies } from './audit';
import { installServers } from './install-servers';
import { readJestReport, type Counts } from './jest-report';
import { ROOT } from './paths';
import { runStep } from './run-step';

interface Step {
  name: string;
  /** Needs the servers and the browser. */
  needsServers: boolean;
  run: () => Promise<Counts>;
}

interface Result extends Counts {
  name: string;
  seconds: number;
}

const MINUTE_MS = 60_000;
/** Test files at a time: most of them wait for most of their time. */
const workers = String(Math.max(1, Math.min(4, availableParallelism())));
const reports = mkdtempSync(join(tmpdir(), 'hubbub-check-'));

function tool(name: string, program: string, ...args: string[]): Step {
  return {
    name,
    needsServers: false,
    run: async () => {
      const withinMs = 8 * MINUTE_MS;
      const ok = await runStep({ name, program: bin(program), args, isShown: false, withinMs });
      return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
    },
  };
}

function tests(name: string, withinMs: number, ...args: string[]): Step {
  return {
    name,
    needsServers: true,
    run: async () => {
      const report = join(reports, `${name.replace(/\W+/g, '-')}.json`);
      const all = ['--ci', '--json', `--outputFile=${report}`, '--maxWorkers', workers, ...args];
      const ok = await runStep({ name, program: bin('jest'), args: all, isShown: true, withinMs });
      const counts = readJestReport(report);
      // Every test passed and it failed all the same: something else went wrong, a coverage limit or a crash at the end.
      return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
    },
  };
}

/** A registry that cannot be asked is no fault of what is checked: it is said, and passes. */
async function audit(): Promise<Counts> {
  const result = await auditDependencies();
  switch (result.outcome) {
    case 'clean':
      break;
    case 'not asked':
      console.log(`The registry could not be asked for known holes: ${result.why}.`);
      break;
    case 'found':
      for (const finding of result.findings) console.log(finding);
      return { passed: 0, failed: 1, skipped: 0 };
  }
  return { passed: 1, failed: 0, skipped: 0 };
}

function bin(name: string): string {
  return join(ROOT, 'node_modules/.bin', name);
}

const nx = (target: string) => ['run-many', '-t', target, '--outputStyle=static'];

const STEPS: readonly Step[] = [
  {
    name: 'servers and browser',
    needsServers: false,
    run: () => {
      const ok = installServers();
      return Promise.resolve({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
    },
  },
  tool('format', 'prettier', '--check', '--log-level', 'warn', '.'),
  tool('lint', 'nx', ...nx('lint')),
  tool('typecheck', 'nx', ...nx('typecheck')),
  tool('knip', 'knip'),
  { name: 'audit', needsServers: false, run: audit },
  tool('build', 'nx', ...nx('build')),
  tests('tests', 10 * MINUTE_MS, '--ignoreProjects', 'e2e'),
  tests('end-to-end tests', 12 * MINUTE_MS, '--selectProjects', 'e2e'),
];

/** `npm test`: everything that has to hold, one after another, to the end; the last line is `N passed, N failed`. */
async function check(): Promise<boolean> {
  const results: Result[] = [];
  let hasServers = true;
  for (const [i, step] of STEPS.entries()) {
    console.log(`\n[${String(i + 1)}/${String(STEPS.length)}] ${step.name}`);
    const began = Date.now();
    const counts: Counts =
      step.needsServers && !hasServers ? { passed: 0, failed: 1, skipped: 0 } : await step.run();
    const seconds = (Date.now() - began) / 1000;
    results.push({ name: step.name, seconds, ...counts });
    if (i === 0) hasServers = counts.failed === 0;
    console.log(`${counts.failed === 0 ? 'ok' : 'FAILED'}, ${seconds.toFixed(1)} s`);
  }
  rmSync(reports, { recursive: true, force: true });
  const tested = results.filter((_, i) => STEPS[i]?.needsServers === true);
  // A run without a test proves nothing.
  const hasTested = tested.every((it) => it.passed > 0);
  const [passed, failed] = [total(results, 'passed'), total(results, 'failed')];
  console.log(table(results));
  if (!hasTested) console.log('A test run had no test that passed.');
  console.log(
    `${String(passed)} passed, ${String(failed + (hasTested || failed > 0 ? 0 : 1))} failed`,
  );
  return failed === 0 && hasTested;
}

function total(results: Result[], what: keyof Counts): number {
  return results.reduce((sum, it) => sum + it[what], 0);
}

function table(results: Result[]): string {
  const rows = results.map(({ name, seconds, passed, failed, skipped }) => {
    const counts = `${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`;
    const left = skipped > 0 ? ` ${String(skipped).padStart(4)} skipped` : '';
    return `  ${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(22)}${counts}  ${seconds.toFixed(1).padStart(6)} s${left}`;
  });
  return `\n${rows.join('\n')}\n`;
}

process.exit((await check()) ? 0 : 1);
