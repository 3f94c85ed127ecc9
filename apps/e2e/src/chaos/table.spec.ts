import type { FaultResult } from './outcome';
import { table } from './table';

function fault(kind: string, recoveryMs: number | null): FaultResult {
  return { kind, what: kind, from: 0, to: 0, gateways: [], recoveryMs };
}

test('the table has the median and the worst recovery of each kind, and who never recovered', () => {
  const faults = [
    fault('redis-kill', 300),
    fault('gateway-kill', 2_000),
    fault('redis-kill', 100),
    fault('redis-kill', 250),
    fault('gateway-kill', null),
    fault('clock', null),
  ];
  const text = table({
    command: 'npm run chaos -- --faults 6 --seed 1',
    seed: 1,
    ms: 61_000,
    faults,
    acknowledged: 1234,
    problems: ['one'],
    history: [],
  });
  const cells = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').flatMap((cell) => cell.trim() || []));
  expect(cells.slice(2)).toEqual([
    ['clock', '1', 'never', 'never'],
    ['gateway-kill', '2', '2.00 s', 'never'],
    ['redis-kill', '3', '0.25 s', '0.30 s'],
  ]);
  expect(text).toContain('6 faults in 61 s, 1234 messages acknowledged, 1 problems');
});
