import * as fc from 'fast-check';
import type { Entry } from '@hubbub/protocol';
import { HubbubError } from './hubbub-error';
import { numbers } from './testing/stage';
import { createTimeline, reduceTimeline, type Timeline, type TimelineAction } from './timeline';
import type { OutgoingMessage, OutgoingStatus } from './types';

const ann = { id: 'ann', name: 'Ann' };
const bob = { id: 'bob', name: 'Bob' };
const message = (seq: number, user = ann): Entry => ({
  seq,
  at: seq * 10,
  kind: 'message',
  user,
  text: `m${String(seq)}`,
});
const messages = (from: number, to: number) => numbers(from, to).map((seq) => message(seq));
const play = (actions: TimelineAction[], cap = 100): Timeline =>
  actions.reduce(reduceTimeline, createTimeline({ cap }));
/** `3` with its text, `3×` withdrawn, `[2-4:1]` a gap, `3!kind` an event. */
const shown = ({ items }: Timeline) =>
  items
    .map((item) => {
      if (item.type === 'gap') {
        return `[${String(item.from)}-${String(item.to)}:${String(item.omitted)}]`;
      }
      if (item.type === 'event') return `${String(item.seq)}!${item.entry.kind}`;
      return `${String(item.seq)}${item.text === null ? '×' : ''}`;
    })
    .join(' ');

const outgoing = (key: string, status: OutgoingStatus, seq?: number): OutgoingMessage => ({
  room: 'r',
  key,
  text: key,
  createdAt: 1,
  status,
  done: new Promise(() => undefined),
  retry: () => undefined,
  discard: () => false,
  ...(seq !== undefined && { seq }),
  ...(status === 'failed' && { error: new HubbubError('muted', 'no') }),
});

describe('the timeline', () => {
  it('lists messages and events in sequence, each once', () => {
    const state = play([
      { type: 'entries', entries: messages(4, 5) },
      { type: 'entries', entries: [message(5), { seq: 6, at: 60, kind: 'pin', target: 4 }] },
      { type: 'page', entries: messages(1, 4) },
    ]);
    expect(shown(state)).toBe('1 2 3 4 5 6!pin');
    expect(state.pinned).toBe(4);
  });

  it('is the same object where nothing changed', () => {
    const state = play([{ type: 'entries', entries: messages(1, 3) }]);
    expect(reduceTimeline(state, { type: 'entries', entries: messages(2, 3) })).toBe(state);
    expect(reduceTimeline(state, { type: 'entries', entries: [] })).toBe(state);
  });

  it('P10: lists a kind that it does not know as an event', () => {
    const firework = { seq: 1, at: 10, kind: 'firework' } as unknown as Entry;
    expect(shown(play([{ type: 'entries', entries: [firework] }]))).toBe('1!firework');
  });

  it('drops the oldest beyond the cap; older ones that were asked for stay until trimmed', () => {
    let state = play([{ type: 'entries', entries: messages(11, 20) }], 5);
    expect(shown(state)).toBe('16 17 18 19 20');
    state = reduceTimeline(state, { type: 'page', entries: messages(13, 15) });
    state = reduceTimeline(state, { type: 'entries', entries: [message(21)] });
    expect(shown(state)).toBe('14 15 16 17 18 19 20 21');
    expect(shown(reduceTimeline(state, { type: 'trim' }))).toBe('17 18 19 20 21');
  });

  it('P13: withdraws what is deleted or cleared, and what a page brings too late', () => {
    const state = play([
      { type: 'entries', entries: [message(3), message(4, bob), message(5)] },
      {
        type: 'entries',
        entries: [
          { seq: 6, at: 60, kind: 'delete', target: 3, by: 'x' },
          { seq: 7, at: 70, kind: 'delete', target: 1, by: 'x' },
          { seq: 8, at: 80, kind: 'clear', user: 'bob', by: 'x' },
          message(9, bob),
        ],
      },
      { type: 'page', entries: [message(1), message(2, bob)] },
    ]);
    expect(shown(state)).toBe('1× 2× 3× 4× 5 8!clear 9');
    const all = reduceTimeline(state, {
      type: 'entries',
      entries: [{ seq: 10, at: 100, kind: 'clear', user: null, by: 'x' }],
    });
    expect(shown(all)).toBe('1× 2× 3× 4× 5× 8!clear 9× 10!clear');
    expect(JSON.stringify(all.items)).not.toContain('m5');
  });

  it('shows what came withdrawn', () => {
    const withdrawn: Entry = { seq: 1, at: 10, kind: 'message', user: ann, withdrawn: true };
    expect(shown(play([{ type: 'entries', entries: [withdrawn] }]))).toBe('1×');
  });

  it('forgets a pin of what is deleted, and passes over an older pin', () => {
    const pin = (seq: number, target: number): Entry => ({ seq, at: 0, kind: 'pin', target });
    const state = play([
      { type: 'entries', entries: [message(5), pin(6, 5)] },
      { type: 'page', entries: [message(1), pin(2, 1)] },
    ]);
    expect(state.pinned).toBe(5);
    const entries: Entry[] = [{ seq: 7, at: 0, kind: 'delete', target: 5, by: 'x' }];
    expect(reduceTimeline(state, { type: 'entries', entries }).pinned).toBeNull();
  });

  it('G3: shows a gap in its place, until it is filled', () => {
    let state = play([
      { type: 'entries', entries: messages(1, 2) },
      { type: 'gap', gap: { from: 3, to: 7, omitted: 4, thinned: false } },
      { type: 'entries', entries: [message(5), message(8)] },
    ]);
    // The entry 5 was one of those given out with the gap.
    expect(shown(state)).toBe('1 2 [3-7:4] 5 8');
    state = reduceTimeline(state, { type: 'page', entries: messages(3, 5) });
    expect(shown(state)).toBe('1 2 [3-7:2] 3 4 5 8');
    state = reduceTimeline(state, { type: 'page', entries: messages(5, 8) });
    expect(shown(state)).toBe('1 2 3 4 5 6 7 8');
  });

  it('P11: gathers what a busy room leaves out into few gaps, however long it goes on', () => {
    let state = play([], 500);
    // Every tenth entry is given, in windows of 40.
    for (let from = 1; from <= 40_000; from += 40) {
      const to = from + 39;
      const gap = { from, to: to - 1, omitted: 36, thinned: true };
      state = reduceTimeline(state, { type: 'gap', gap });
      const entries = [9, 19, 29, 39].map((n) => message(from + n));
      state = reduceTimeline(state, { type: 'entries', entries });
    }
    const gaps = state.items.flatMap((item) => (item.type === 'gap' ? item : []));
    expect(state.items).toHaveLength(500);
    expect(gaps.length).toBeLessThanOrEqual(6);
    const { from, to, omitted } = gaps.at(-2) ?? { from: 0, to: 0, omitted: 0 };
    const given = state.items.filter((it) => it.type !== 'gap' && it.seq >= from && it.seq <= to);
    expect(omitted + given.length).toBe(to - from + 1);
  });

  it('keeps the gap of an absence apart from those of a busy room', () => {
    const state = play([
      { type: 'entries', entries: [message(1)] },
      { type: 'gap', gap: { from: 2, to: 4, omitted: 2, thinned: true } },
      { type: 'entries', entries: [message(3), message(5)] },
      { type: 'gap', gap: { from: 6, to: 9, omitted: 4, thinned: false } },
      { type: 'entries', entries: [message(10)] },
      { type: 'gap', gap: { from: 11, to: 11, omitted: 1, thinned: true } },
      { type: 'entries', entries: [message(12)] },
    ]);
    expect(shown(state)).toBe('1 [2-4:2] 3 5 [6-9:4] 10 [11-11:1] 12');
  });

  it('starts over, and keeps what is not sent', () => {
    const waiting = outgoing('k1', 'queued');
    const state = play([
      { type: 'entries', entries: messages(1, 3) },
      { type: 'outbox', outbox: [waiting], changed: waiting },
      { type: 'reset' },
    ]);
    expect(shown(state)).toBe('');
    expect(state.pending.map(({ id }) => id)).toEqual(['k1']);
  });
});

describe('own messages', () => {
  const queued = outgoing('k1', 'queued');
  const sent = outgoing('k1', 'sent', 4);

  it('P14: are pending until their entry comes, under the same id', () => {
    let state = play([
      { type: 'entries', entries: messages(1, 3) },
      { type: 'outbox', outbox: [queued], changed: queued },
    ]);
    expect(state.pending).toEqual([{ id: 'k1', text: 'k1', createdAt: 1, status: 'queued' }]);
    state = reduceTimeline(state, { type: 'outbox', outbox: [], changed: sent });
    expect(state.pending).toMatchObject([{ id: 'k1', status: 'sent', seq: 4 }]);
    state = reduceTimeline(state, { type: 'entries', entries: messages(4, 5) });
    expect(state.pending).toEqual([]);
    expect(state.items.map(({ id }) => id)).toEqual(['1', '2', '3', 'k1', '5']);
  });

  it('P14: are there once where the entry comes before the ok', () => {
    const state = play([
      { type: 'outbox', outbox: [queued], changed: queued },
      { type: 'entries', entries: messages(1, 5) },
      { type: 'outbox', outbox: [], changed: sent },
    ]);
    expect(state.pending).toEqual([]);
    expect(shown(state)).toBe('1 2 3 4 5');
  });

  it('are told by the gap where the reader was away', () => {
    const before = play([{ type: 'outbox', outbox: [], changed: sent }]);
    const gap = { from: 2, to: 9, omitted: 8, thinned: false };
    expect(reduceTimeline(before, { type: 'gap', gap }).pending).toEqual([]);
    const after = play([{ type: 'gap', gap }]);
    expect(reduceTimeline(after, { type: 'outbox', outbox: [], changed: sent }).pending).toEqual(
      [],
    );
  });

  it('P11: keep their id in a busy room, whose gaps never stand for them', () => {
    const state = play([
      { type: 'outbox', outbox: [], changed: sent },
      { type: 'gap', gap: { from: 1, to: 8, omitted: 6, thinned: true } },
      { type: 'entries', entries: [message(4), message(7)] },
    ]);
    expect(state.pending).toEqual([]);
    expect(state.items.map(({ id }) => id)).toEqual(['gap-1', 'k1', '7']);
  });

  it('show why they failed', () => {
    const failed = outgoing('k2', 'failed');
    const state = play([{ type: 'outbox', outbox: [failed], changed: failed }]);
    expect(state.pending[0]?.error?.code).toBe('muted');
  });
});

it('is in order, without repeats and within the cap, whatever comes', () => {
  const seqs = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 });
  const action: fc.Arbitrary<TimelineAction> = fc.oneof(
    fc.record({
      type: fc.constantFrom('entries', 'page'),
      entries: seqs.map((list) => list.map((seq) => message(seq))),
    }),
    fc
      .record({
        from: fc.integer({ min: 1, max: 60 }),
        length: fc.integer({ min: 0, max: 9 }),
        thinned: fc.boolean(),
      })
      .map(({ from, length, thinned }) => ({
        type: 'gap' as const,
        gap: { from, to: from + length, omitted: length + 1, thinned },
      })),
    fc.constant({ type: 'trim' as const }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
      const { items } = play(actions, 15);
      const places = items.map((item) => (item.type === 'gap' ? item.from - 0.5 : item.seq));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
      const trimmed = play([...actions, { type: 'trim' }], 15);
      expect(trimmed.items.length).toBeLessThanOrEqual(15);
    }),
  );
});
