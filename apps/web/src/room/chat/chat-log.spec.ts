import type { Entry } from '@hubbub/protocol';
import { ChatLog, type ChatView } from './chat-log';
import type { ChatRow, GapRow } from './rows';

const say = (seq: number, user = 'ann', text = `message ${String(seq)}`): Entry => ({
  seq,
  at: seq * 1000,
  kind: 'message',
  user: { id: user, name: user.toUpperCase() },
  text,
});
const says = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => say(from + i));

const shape = (rows: readonly ChatRow[]): string[] =>
  rows.map((row) =>
    row.type === 'gap'
      ? `gap ${String(row.seq)}-${String(row.to)} ×${String(row.count)}`
      : `${row.type} ${String(row.seq)}`,
  );
const gapIn = (view: ChatView): GapRow => {
  const gap = view.rows.find((row) => row.type === 'gap');
  if (gap?.type !== 'gap') throw new Error('there is no gap');
  return gap;
};

describe('ChatLog', () => {
  let log: ChatLog;
  const receive = (entries: Entry[], to = entries.at(-1)?.seq ?? 0): ChatView => {
    log.receive(entries, { to, thinned: true });
    log.flush();
    return log.view();
  };
  /** Every tenth entry of `from…to` is given, in windows of 40. */
  const receiveStorm = (from: number, to: number): void => {
    for (let at = from; at <= to; at += 40) {
      receive([9, 19, 29, 39].map((n) => say(at + n)));
    }
  };

  beforeEach(() => {
    jest.useFakeTimers();
    log = new ChatLog({ capacity: 5, flushMs: 150 });
  });
  afterEach(() => {
    log.close();
    jest.useRealTimers();
  });

  it('keeps the latest rows and says that there are older ones', () => {
    const view = receive(says(1, 8));
    expect(shape(view.rows)).toEqual([4, 5, 6, 7, 8].map((n) => `message ${String(n)}`));
    expect(view.hasOlder).toBe(true);
  });

  it('passes over what it has already', () => {
    receive(says(1, 3));
    expect(shape(receive(says(2, 4)).rows)).toEqual(
      [1, 2, 3, 4].map((n) => `message ${String(n)}`),
    );
  });

  it('gives React one view for many batches in a flush, and at most one each 150 ms', () => {
    receive([say(1)]);
    const seen: number[] = [];
    const leave = log.subscribe(() => seen.push(log.view().rows.length));
    for (const seq of [2, 3, 4]) log.receive([say(seq)], { to: seq, thinned: false });
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(149);
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(seen).toEqual([4]);
    leave();
  });

  it('gives the same view as long as nothing changes', () => {
    const view = receive(says(1, 3));
    expect(log.view()).toBe(view);
  });

  describe('frozen', () => {
    it('stands exactly still, and counts what is new', () => {
      const before = receive(says(1, 5)).rows;
      log.freeze('scroll');
      const view = receive(says(6, 30));
      expect(view.rows).toEqual(before);
      expect(view.newCount).toBe(25);
      expect(view.frozen).toBe(true);
    });

    it('counts what came between the last flush and the freeze as seen', () => {
      receive([say(1)]);
      log.receive([say(2)], { to: 2, thinned: false });
      log.freeze('scroll');
      expect(log.view()).toMatchObject({ newCount: 0 });
      expect(log.view().rows).toHaveLength(2);
    });

    it('shows the latest when the last reason is gone, not before', () => {
      receive(says(1, 5));
      log.freeze('scroll');
      log.freeze('menu');
      receive(says(6, 20));
      log.release('menu');
      expect(log.view().rows.at(-1)?.seq).toBe(5);
      log.release('scroll');
      expect(shape(log.view().rows)).toEqual(
        [16, 17, 18, 19, 20].map((n) => `message ${String(n)}`),
      );
      expect(log.view()).toMatchObject({ frozen: false, newCount: 0 });
    });

    it('still takes away what is withdrawn', () => {
      receive(says(1, 3));
      log.freeze('scroll');
      const view = receive([{ seq: 4, at: 4000, kind: 'delete', target: 2, by: 'mod' }]);
      expect(shape(view.rows)).toEqual(['message 1', 'withdrawn 2', 'message 3']);
    });

    it('counts what the gateway left out, too', () => {
      receive(says(1, 3));
      log.freeze('scroll');
      expect(receive([say(10)]).newCount).toBe(7);
    });

    it('keeps the older pages that the reader has loaded', () => {
      receive(says(101, 105));
      log.freeze('scroll');
      log.prependOlder(says(81, 100), true);
      expect(log.view().rows).toHaveLength(25);
      receive(says(106, 120));
      expect(log.view().rows).toHaveLength(25);
    });
  });

  describe('withdrawn messages', () => {
    it('leave a tombstone with their author', () => {
      receive(says(1, 2));
      const view = receive([{ seq: 3, at: 3000, kind: 'delete', target: 1, by: 'mod' }]);
      expect(view.rows[0]).toEqual({
        type: 'withdrawn',
        seq: 1,
        at: 1000,
        user: { id: 'ann', name: 'ANN' },
      });
    });

    it('come as tombstones from history', () => {
      const view = receive([
        { seq: 1, at: 1, kind: 'message', user: { id: 'a', name: 'A' }, withdrawn: true },
      ]);
      expect(shape(view.rows)).toEqual(['withdrawn 1']);
    });

    it('are all of one person after a clear, and everything after a clear of everybody', () => {
      receive([say(1, 'ann'), say(2, 'bob')]);
      const one = receive([{ seq: 3, at: 3, kind: 'clear', user: 'bob', by: 'mod' }]);
      expect(shape(one.rows)).toEqual(['message 1', 'withdrawn 2', 'system 3']);
      const all = receive([{ seq: 4, at: 4, kind: 'clear', user: null, by: 'mod' }]);
      expect(shape(all.rows).slice(0, 2)).toEqual(['withdrawn 1', 'withdrawn 2']);
    });
  });

  describe('gaps', () => {
    it('are named with the number of what is missing', () => {
      receive([say(1)]);
      const view = receive([say(130), say(131)]);
      expect(shape(view.rows)).toEqual([
        'message 1',
        'gap 2-129 ×128',
        'message 130',
        'message 131',
      ]);
    });

    it('are named where nothing at all of a range came', () => {
      receive([say(1)]);
      expect(shape(receive([], 4).rows)).toEqual(['message 1', 'gap 2-4 ×3']);
    });

    it('of a thinned room are gathered into one row', () => {
      receive([say(1)]);
      receive([say(3), say(6)]);
      const view = receive([say(10)]);
      expect(shape(view.rows)).toEqual([
        'message 1',
        'gap 2-9 ×6',
        'message 3',
        'message 6',
        'message 10',
      ]);
    });

    it('of an absence stay apart', () => {
      receive([say(1)]);
      receive([say(3)]);
      log.receive([say(9)], { to: 9, thinned: false });
      log.flush();
      expect(shape(log.view().rows)).toEqual([
        'message 1',
        'gap 2-2 ×1',
        'message 3',
        'gap 4-8 ×5',
        'message 9',
      ]);
    });

    it('are filled in between the rows that are there', () => {
      receive([say(1)]);
      const view = receive([say(3), say(5)]);
      log.fillGap(gapIn(view), says(2, 5), true);
      expect(shape(log.view().rows)).toEqual([1, 2, 3, 4, 5].map((n) => `message ${String(n)}`));
    });

    it('keep a name for what a page did not reach', () => {
      receive([say(1)]);
      const view = receive([say(9)]);
      log.freeze('scroll');
      log.fillGap(gapIn(view), says(2, 4), true);
      expect(shape(log.view().rows)).toEqual([
        'message 1',
        'message 2',
        'message 3',
        'message 4',
        'gap 5-8 ×4',
        'message 9',
      ]);
    });

    it('are still named when the row that named them has left the window', () => {
      receive([say(1)]);
      receive([say(3), say(5), say(7)]);
      const view = receive([say(8), say(9)]);
      expect(shape(view.rows)).toEqual([
        'gap 3-6 ×2',
        'message 3',
        'message 5',
        'message 7',
        'message 8',
        'message 9',
      ]);
    });
  });

  describe('in a room that flows too fast to be shown whole', () => {
    beforeEach(() => {
      log = new ChatLog({ capacity: 300 });
      log.setFlowing(true);
    });
    /** For each row what it is of, those of messages as their number in a row. */
    const outline = (rows: readonly ChatRow[]): (string | number)[] =>
      rows.reduce<(string | number)[]>((parts, { type }) => {
        const last = parts.at(-1);
        if (type === 'gap') return [...parts, 'gap'];
        return typeof last === 'number' ? [...parts.slice(0, -1), last + 1] : [...parts, 1];
      }, []);

    it('nothing of what is on the screen is a gap', () => {
      receive([say(1)]);
      receiveStorm(2, 2_001);
      // 200 messages; those that are further up are where nobody looks.
      expect(outline(log.view().rows)).toEqual([1, 'gap', 60, 'gap', 60, 'gap', 80]);
      receiveStorm(2_002, 20_001);
      expect(log.view().rows.length).toBeLessThanOrEqual(360);
      expect(
        log
          .view()
          .rows.slice(-60)
          .every(({ type }) => type === 'message'),
      ).toBe(true);
      expect(outline(log.view().rows).filter((part) => part === 'gap').length).toBeLessThan(6);
    });

    it('a reader who stops finds a gap that can be loaded wherever something is missing', () => {
      receiveStorm(1, 400);
      expect(outline(log.view().rows)).toEqual([40]);
      log.freeze('pause');
      expect(log.view()).toMatchObject({ stopped: true });
      expect(outline(log.view().rows)).toEqual(['gap', 40]);
      expect(gapIn(log.view())).toMatchObject({ seq: 11, to: 399, count: 351, thinned: true });
      receiveStorm(401, 4_000);
      expect(outline(log.view().rows)).toEqual(['gap', 40]);
      log.fillGap(gapIn(log.view()), says(11, 210), true);
      expect(outline(log.view().rows)).toEqual([201, 'gap', 19]);
      log.fillGap(gapIn(log.view()), says(211, 400), true);
      expect(outline(log.view().rows)).toEqual([391]);
      log.follow();
      expect(outline(log.view().rows).at(-1)).toBeGreaterThanOrEqual(60);
    });

    it('a list that stands still for a menu stays exactly as it is', () => {
      receiveStorm(1, 400);
      const before = log.view().rows;
      log.freeze('menu');
      log.setFlowing(false);
      receiveStorm(401, 800);
      expect(log.view().rows).toEqual(before);
    });

    it('what was left out is named when the room is calm again', () => {
      receiveStorm(1, 400);
      log.setFlowing(false);
      jest.advanceTimersByTime(150);
      expect(outline(log.view().rows)).toEqual(['gap', 40]);
    });

    it('what an absence has cost is named all the same', () => {
      receiveStorm(1, 400);
      log.receive([say(900)], { to: 900, thinned: false });
      log.flush();
      expect(outline(log.view().rows)).toEqual([40, 'gap', 1]);
    });

    it('G3: every number of the window is a row or counted in a gap, however long it flows', () => {
      for (let from = 1; from <= 12_000; from += 400) {
        receiveStorm(from, from + 399);
        if (from === 4_001) log.freeze('scroll');
        if (from === 6_001) log.freeze('pause');
        if (from === 10_001) log.follow();
      }
      log.freeze('scroll');
      const { rows } = log.view();
      const counted = rows.reduce((sum, row) => sum + (row.type === 'gap' ? row.count : 1), 0);
      expect(counted).toBe(12_000 - (rows[0]?.seq ?? 0) + 1);
    });

    it('a page for a gap that has left the window meanwhile puts nothing in its place', () => {
      receiveStorm(1, 400);
      log.freeze('scroll');
      const gap = gapIn(log.view());
      log.setGap(gap, 'loading');
      log.follow();
      receiveStorm(401, 8_000);
      const before = log.view().rows;
      log.fillGap(gap, says(1, 200), true);
      expect(log.view().rows).toEqual(before);
    });
  });

  describe('older history', () => {
    it('goes above, and ends with the first entry of the log', () => {
      receive(says(51, 53));
      log.prependOlder(says(49, 50), true);
      expect(log.view()).toMatchObject({ hasOlder: true });
      expect(log.firstSeq).toBe(49);
      log.prependOlder([], false);
      expect(log.view()).toMatchObject({ hasOlder: false });
    });
  });

  it('names the person of a mute by the name that the room has seen', () => {
    receive([say(1, 'bob')]);
    const view = receive([{ seq: 2, at: 2, kind: 'mute', user: 'bob', until: 9, by: 'mod' }]);
    expect(view.rows[1]).toMatchObject({ lines: [{ what: 'muted', user: 'bob', name: 'BOB' }] });
  });

  it('has a system line for what happened to the room', () => {
    const view = receive([
      { seq: 1, at: 1, kind: 'room', state: 'live', title: 'Evening' },
      { seq: 2, at: 2, kind: 'room', slowModeMs: 5000 },
      { seq: 3, at: 3, kind: 'room', streamUrl: null },
    ]);
    expect(view.rows).toMatchObject([
      { lines: [{ what: 'live' }, { what: 'title', title: 'Evening' }] },
      { lines: [{ what: 'slow', seconds: 5 }] },
    ]);
  });
});
