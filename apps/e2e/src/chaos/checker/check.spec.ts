import { check } from './check';
import { entry, evidenceOf, historyOf, row, said, state } from './testing';

/** Each message is seen a tenth of a second later. */
const history = (count: number) =>
  historyOf(
    state(0, 'reader', 'joined'),
    ...Array.from({ length: count }, (_, i) => said(1_000 + i * 10, i + 1, `k${String(i)}`)).flat(),
    ...Array.from({ length: count }, (_, i) =>
      entry(1_100 + i * 10, i + 1, `text of k${String(i)}`),
    ),
  );
const log = (count: number) => Array.from({ length: count }, (_, i) => row(i + 1, `k${String(i)}`));

describe('the checker', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(check(evidenceOf(history(50), { log: log(50) }))).toEqual([]);
  });

  test('tells the first of many problems of one sort, and how many more there are', () => {
    const problems = check(evidenceOf(history(50), { log: log(10) }));
    expect(problems.filter((it) => it.startsWith('G1'))).toHaveLength(20);
    expect(problems).toContain('… and 20 more like these');
    expect(problems.some((it) => it.startsWith('G2: reader was given 11'))).toBe(true);
  });
});
