import { entry, evidenceOf, historyOf, row } from './testing';
import { checkViews } from './views';

const LOG = [row(1, 'a'), row(2, 'b'), row(3, 'c'), row(4, 'd')];
const [A, B, C, D] = ['text of a', 'text of b', 'text of c', 'text of d'];

function problems(...events: Parameters<typeof historyOf>): string[] {
  return checkViews(evidenceOf(historyOf(...events), { log: LOG }));
}

const gap = (at: number, from: number, to: number) =>
  ({ type: 'gap', at, client: 'reader', from, to }) as const;
const paged = (at: number, seq: number, text: string | null) =>
  ({ type: 'paged', at, client: 'reader', seq, text }) as const;

describe('what a reader is given', () => {
  test('is all of it, once and in order', () => {
    expect(problems(entry(1, 1, A), entry(2, 2, B), entry(3, 3, C), entry(4, 4, D))).toEqual([]);
  });

  test('is all of it where it was told of a gap, and has paged that', () => {
    expect(
      problems(entry(1, 1, A), gap(2, 2, 3), entry(3, 4, D), paged(4, 2, B), paged(5, 3, C)),
    ).toEqual([]);
  });

  test('is no text where that is withdrawn, and only there', () => {
    const withdrawn = { ...row(1, 'a'), isWithdrawn: true };
    const seen = historyOf(entry(1, 1, null), entry(2, 2, null));
    expect(checkViews(evidenceOf(seen, { log: [withdrawn, row(2, 'b')] }))).toEqual([
      expect.stringMatching(/^G2: reader was given 2 as null/),
    ]);
  });

  test('G3: leaves out what it is not told of', () => {
    expect(problems(entry(1, 1, A), entry(2, 3, C), entry(3, 4, D))).toEqual([
      'G3: reader was given 3, and was not told of 2 (lobby, at 0.0 s)',
      'G3: reader lacks 1 of 4 entries of lobby at the end: 2',
    ]);
  });

  test('G3: comes twice', () => {
    const twice = problems(
      ...[entry(1, 1, A), entry(2, 2, B), entry(3, 2, B), entry(4, 3, C), entry(5, 4, D)],
    );
    expect(twice).toEqual([
      'G3: reader was given 2 after 2 (lobby, at 0.0 s)',
      'G3: reader was given 2 a second time (lobby, at 0.0 s)',
    ]);
  });

  test('G3: comes out of order', () => {
    const turned = problems(
      ...[entry(1, 1, A), gap(2, 2, 2), entry(3, 3, C), entry(4, 2, B), entry(5, 4, D)],
    );
    expect(turned).toEqual(['G3: reader was given 2 after 3 (lobby, at 0.0 s)']);
  });

  test('G3: lacks the end', () => {
    expect(problems(entry(1, 1, A), entry(2, 2, B))).toEqual([
      'G3: reader lacks 2 of 4 entries of lobby at the end: 3, 4',
    ]);
    expect(problems()).toEqual(['G3: reader lacks 4 of 4 entries of lobby at the end: 1, 2, 3, 4']);
  });

  test('G3: begins anew', () => {
    const all = [entry(1, 1, A), entry(2, 2, B), entry(3, 3, C), entry(4, 4, D)];
    expect(problems(...all, { type: 'reset', at: 5, client: 'reader' })).toEqual([
      'G3: reader was told to start over (lobby, at 0.0 s)',
    ]);
  });

  test('G2: is not what the database has', () => {
    expect(problems(entry(1, 1, A), entry(2, 2, C), entry(3, 3, C), entry(4, 4, D))).toEqual([
      'G2: reader was given 2 as "text of c", where the database has "text of b" (lobby, at 0.0 s)',
    ]);
  });

  test('G2: is more than the database has', () => {
    const all = [entry(1, 1, A), entry(2, 2, B), entry(3, 3, C), entry(4, 4, D)];
    expect(problems(...all, entry(5, 5, 'more'))).toEqual([
      'G2: reader was given 5 as "more", where the database has nothing (lobby, at 0.0 s)',
    ]);
  });
});
