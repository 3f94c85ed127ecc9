import type { KeptEntry } from '../../testing/database';
import { checkModeration } from './moderation';
import { entry, evidenceOf, historyOf, row } from './testing';

const MUTE = change(2, 'mute');

function change(seq: number, kind: 'mute' | 'unmute'): KeptEntry {
  return { ...row(seq, `~${String(seq)}`), kind, userId: '', body: JSON.stringify({ user: 'u1' }) };
}

function inLog(...log: KeptEntry[]): string[] {
  return checkModeration(evidenceOf([], { log }));
}

const WITHDRAWN = { type: 'withdrawn', at: 1_000, client: 'keeper', seq: 7 } as const;

function seen(...events: Parameters<typeof historyOf>): string[] {
  return checkModeration(evidenceOf(historyOf(WITHDRAWN, ...events)));
}

describe('a mute', () => {
  test('ends with its end, and is one of others', () => {
    const other = { ...row(3, 'b'), userId: 'u2' };
    expect(inLog(row(1, 'a'), MUTE, other, change(4, 'unmute'), row(5, 'c'))).toEqual([]);
  });

  test('G9: is followed by a message', () => {
    expect(inLog(row(1, 'a'), MUTE, row(3, 'b'))).toEqual([
      'G9: lobby: 3 is of u1, who was muted at 2',
    ]);
  });
});

describe('a withdrawn message', () => {
  test('was given before, or is given without its text', () => {
    expect(seen(entry(900, 7, 'text'), entry(2_000, 7, null), entry(2_000, 8, 'b'))).toEqual([]);
  });

  test('G9: is given out', () => {
    expect(seen(entry(2_000, 7, 'text'))).toEqual([
      'G9: reader was given the text of 7 of lobby at 2.0 s, which had been withdrawn at 1.0 s',
    ]);
    const paged = { type: 'paged', at: 3_000, client: 'reader', seq: 7, text: 'text' } as const;
    expect(seen(paged)).toHaveLength(1);
  });

  test('had been given to a reader that did not read', () => {
    const stalled = { type: 'stalled', at: 500, client: 'reader', ms: 2_000 } as const;
    expect(seen(stalled, entry(2_500, 7, 'text'))).toEqual([]);
    expect(seen({ ...stalled, client: 'other' }, entry(2_500, 7, 'text'))).toHaveLength(1);
  });
});
