import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Turns } from './turns';

const dir = mkdtempSync(join(tmpdir(), 'hubbub-turns-'));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** Does nothing, then works without a pause, then waits as long for something else. */
const PROGRAM = `
  const usedMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const steps = [
    () => undefined,
    () => {
      const before = usedMs();
      while (usedMs() - before < 200);
    },
    () => wait(600),
    () => undefined,
  ];
  const go = () => {
    const step = steps.shift();
    if (!step) return;
    step();
    setTimeout(go, 50);
  };
  go();
`;

test('what a gateway works between two ticks is told once; what it waits is not', () => {
  const turns = new Turns(join(dir, 'turns'));
  const run = (gateway: Record<string, string>) =>
    execFileSync(process.execPath, ['-e', PROGRAM], {
      env: { ...process.env, ...turns.envWith(''), ...gateway },
    });
  run({});
  expect(turns.takeLongest()).toBe(0);
  run({ GATEWAY_ID: 'gateway-1' });
  const longest = turns.takeLongest();
  expect(longest).toBeGreaterThan(100);
  expect(longest).toBeLessThan(500);
  expect(turns.takeLongest()).toBe(0);
});
