import * as fc from 'fast-check';
import type { Entry } from '@hubbub/protocol';
import { LogCursor, type LogRange, type LogStep } from './log-cursor';
import { numbers } from './testing/stage';

const entry = (seq: number): Entry => ({ seq, at: seq, kind: 'unmute', user: 'u', by: 'b' });
const range = (from: number, to: number, seqs = numbers(from, to)): LogRange => ({
  from,
  to,
  entries: seqs.map(entry),
  live: true,
});

/** `3` for an entry, `2-4:1` for a gap. */
const told = (steps: LogStep[]) =>
  steps.flatMap((step) =>
    step.type === 'gap'
      ? [`${String(step.gap.from)}-${String(step.gap.to)}:${String(step.gap.omitted)}`]
      : step.entries.map(({ seq }) => String(seq)),
  );

describe('LogCursor', () => {
  it('gives out what follows, and passes over what was given', () => {
    const cursor = new LogCursor(0);
    expect(told(cursor.accept(range(1, 3)))).toEqual(['1', '2', '3']);
    expect(told(cursor.accept(range(1, 3)))).toEqual([]);
    expect(told(cursor.accept(range(2, 5)))).toEqual(['4', '5']);
    expect(cursor.at).toBe(5);
  });

  it('begins wherever the first range begins, where nothing is known yet', () => {
    const cursor = new LogCursor(null);
    expect(told(cursor.accept(range(51, 53)))).toEqual(['51', '52', '53']);
  });

  it('tells what a range leaves out before its entries, as narrowly as can be', () => {
    const cursor = new LogCursor(0);
    expect(told(cursor.accept(range(1, 9, [1, 2, 5, 7, 9])))).toEqual([
      '3-8:4',
      '1',
      '2',
      '5',
      '7',
      '9',
    ]);
    expect(told(cursor.accept(range(10, 12, [])))).toEqual(['10-12:3']);
  });

  it('holds what does not follow until the hole is filled', () => {
    const cursor = new LogCursor(0);
    expect(told(cursor.accept(range(5, 6)))).toEqual([]);
    expect(cursor.hole).toEqual({ after: 0, count: 4 });
    expect(told(cursor.accept(range(3, 4)))).toEqual([]);
    expect(cursor.hole).toEqual({ after: 0, count: 2 });
    expect(told(cursor.accept(range(1, 2)))).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(cursor.hole).toBeNull();
  });

  it('P11: tells what a busy room left out from what a slow connection was not given', () => {
    const at = (seq: number, ms: number): Entry => ({ ...entry(seq), at: ms });
    const gaps = (cursor: LogCursor, live: LogRange) =>
      cursor.accept(live).flatMap((step) => (step.type === 'gap' ? step.gap.thinned : []));
    const cursor = new LogCursor(0);
    const live = (from: number, to: number, entries: Entry[]) => ({
      from,
      to,
      entries,
      live: true,
    });
    cursor.accept(live(1, 1, [at(1, 0)]));
    // A quiet room with a sudden crowd, and windows of a flood.
    expect(gaps(cursor, live(2, 20, [at(9, 60_000)]))).toEqual([true]);
    expect(gaps(cursor, live(21, 900, [at(700, 60_100)]))).toEqual([true]);
    expect(gaps(cursor, live(901, 950, []))).toEqual([true]);
    expect(gaps(cursor, live(951, 1_200, [at(1_150, 70_000)]))).toEqual([true]);
    // The connection stood still for ten seconds.
    expect(gaps(cursor, live(1_201, 5_000, [at(4_900, 80_000)]))).toEqual([false]);
    expect(gaps(cursor, { ...live(5_001, 5_003, []), live: false })).toEqual([false]);
  });

  it('tells a hole that is given up as a gap, and goes on', () => {
    const cursor = new LogCursor(2);
    cursor.accept(range(6, 7));
    expect(told(cursor.skipHole())).toEqual(['3-5:3', '6', '7']);
  });

  it('puts the entries of a range in sequence', () => {
    const cursor = new LogCursor(0);
    expect(told(cursor.accept(range(1, 4, [3, 1, 4, 4, 2])))).toEqual(['1', '2', '3', '4']);
  });

  it('G3: whatever ranges come, in whatever order: each number once, in order, as an entry or in a gap', () => {
    const piece = fc.record({
      from: fc.integer({ min: 1, max: 40 }),
      length: fc.integer({ min: 1, max: 12 }),
      skipped: fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 4 }),
      order: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const cursor = new LogCursor(0);
        const steps = pieces.flatMap(({ from, length, skipped, order }) => {
          const seqs = numbers(from, from + length - 1).filter(
            (seq) => !skipped.includes(seq - from),
          );
          return cursor.accept(range(from, from + length - 1, order ? seqs : seqs.reverse()));
        });
        while (cursor.hole) steps.push(...cursor.skipHole());
        const given = steps.flatMap((s) =>
          s.type === 'entries' ? s.entries.map(({ seq }) => seq) : [],
        );
        const omitted = steps.reduce((n, s) => n + (s.type === 'gap' ? s.gap.omitted : 0), 0);
        expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
        expect(given.length + omitted).toBe(cursor.at);
        const gaps = steps.flatMap((s) => (s.type === 'gap' ? [s.gap] : []));
        for (const seq of numbers(1, cursor.at ?? 0)) {
          const isInGap = gaps.some(({ from, to }) => from <= seq && seq <= to);
          expect(given.includes(seq) || isInGap).toBe(true);
        }
      }),
    );
  });
});
