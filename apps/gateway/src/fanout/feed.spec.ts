import fc from 'fast-check';
import { until } from '../testing/until';
import { Feed, RING_ITEMS, type MissingRange } from './feed';
import type { Frame } from './frame';
import { BACKLOG_LIMIT_BYTES, type Peer } from './peer';
import type { FlushReport } from './outbox';
import type { Item } from './ring';
import type { Audience } from './sieve';

jest.setTimeout(120_000);

interface LogFrame {
  from: number;
  to: number;
  seqs: number[];
  omitted: number;
}

/** Reads its frames back from the bytes that a socket would get. */
class RecordingPeer implements Peer {
  isOpen = true;
  backlogBytes = 0;
  readonly frames: LogFrame[] = [];
  readonly texts: string[] = [];
  wasGivenUp = false;

  write(frame: Frame): void {
    const bytes = frame.plain;
    const length = (bytes[1] ?? 0) & 0x7f;
    const text = bytes.subarray(length === 126 ? 4 : length === 127 ? 10 : 2).toString();
    this.texts.push(text);
    if (text.startsWith('{"from"')) this.frames.push(JSON.parse(text) as LogFrame);
  }

  giveUp(): void {
    this.wasGivenUp = true;
  }

  /** Every sequence after `head` that it was given or told of, in order. */
  covered(head: number): { seqs: number[]; next: number } {
    let next = head + 1;
    const seqs: number[] = [];
    for (const { from, to, seqs: given, omitted } of this.frames) {
      expect(from).toBe(next);
      expect(given.length + omitted).toBe(to - from + 1);
      seqs.push(...given);
      next = to + 1;
    }
    expect([...seqs].sort((a, b) => a - b)).toEqual(seqs);
    expect(new Set(seqs).size).toBe(seqs.length);
    return { seqs, next };
  }
}

const item = (seq: number): Item => ({ seq, json: String(seq) });
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => item(from + i));

const silent = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };

const SOMEBODY = { sender: 'somebody', isForAll: false, keys: [] };

interface Outgoing {
  perSecond?: number;
  isFresh?: () => boolean;
  audience?: (item: Item) => Audience;
  report?: (flush: FlushReport) => void;
}

/** A feed over a database that holds `committed()` items. */
function createFeed(
  committed: () => number,
  read?: (after: number) => Promise<Item[]>,
  {
    perSecond = Infinity,
    audience = () => SOMEBODY,
    report = () => undefined,
    isFresh = () => true,
  }: Outgoing = {},
  latest: Item[] = [],
) {
  const appended: number[] = [];
  const missing: MissingRange[] = [];
  const feed = new Feed(latest.at(-1)?.seq ?? 0, latest, {
    read: read ?? ((after) => Promise.resolve(range(after + 1, committed()).slice(0, 500))),
    appended: ({ seq }) => appended.push(seq),
    missing: (range) => missing.push(range),
    encode: ({ from, to, items, omitted }) =>
      JSON.stringify({
        from,
        to,
        seqs: items.map(({ seq }) => seq),
        omitted,
        jsons: items.map(({ json }) => json),
      }),
    perSecond,
    audience,
    report,
    isFresh,
    log: silent,
  });
  return { feed, appended, missing };
}

describe('feed', () => {
  it('G3: gives each item once and in order, whatever the bus doubles, loses or delays', async () => {
    const total = 60;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: total }), { maxLength: 150 }),
        fc.array(fc.nat({ max: total }), { minLength: 2, maxLength: 2 }),
        async (arrivals, joinsAt) => {
          const { feed, appended } = createFeed(() => total);
          const peers: { peer: RecordingPeer; head: number }[] = [];
          for (const [i, seq] of arrivals.entries()) {
            if (joinsAt.includes(i)) {
              const peer = new RecordingPeer();
              peers.push({ peer, head: feed.head });
              feed.outbox.add(peer, feed.head, null);
            }
            feed.accept([item(seq)]);
            if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          feed.observe(total, performance.now());
          await until('all have all', () =>
            peers.every(({ peer, head }) => peer.covered(head).next === total + 1),
          );
          await until('the head is the last one', () => feed.head === total);
          expect(appended).toEqual(range(1, total).map(({ seq }) => seq));
          for (const { peer, head } of peers) {
            expect(peer.covered(head).seqs).toEqual(range(head + 1, total).map(({ seq }) => seq));
          }
          feed.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not ask the database for what the other publication brings in time', async () => {
    const read = jest.fn(() => Promise.resolve([] as Item[]));
    const { feed } = createFeed(() => 0, read);
    feed.accept([item(2)]);
    feed.accept([item(1)]);
    expect(feed.head).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(read).not.toHaveBeenCalled();
    feed.close();
  });

  it('G5: asks again until the database answers', async () => {
    let failures = 2;
    const { feed } = createFeed(
      () => 3,
      (after) =>
        failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve(range(after + 1, 3)),
    );
    feed.observe(3, 0);
    await until('all are read', () => feed.head === 3);
    feed.close();
  });

  it('does not wait for ever for an entry that is published and not committed', async () => {
    const { feed } = createFeed(() => 1);
    feed.accept([item(9)]);
    await until('what is committed is read', () => feed.head === 1);
    await until('it is given up', () => silent.warn.mock.calls.length > 0);
    feed.accept([item(2)]);
    expect(feed.head).toBe(2);
    feed.close();
  });

  describe('where entries are missing in the database', () => {
    const read = (seqs: Item[]) => (after: number) =>
      Promise.resolve(seqs.filter(({ seq }) => seq > after).slice(0, 500));

    it('G3: it opens, holds what follows them, and says which they are', async () => {
      const latest = [...range(1, 3), ...range(6, 7), item(9)];
      const { feed, missing } = createFeed(() => 9, read(latest), undefined, latest);
      expect([feed.head, feed.held().map(({ seq }) => seq)]).toEqual([9, [9]]);
      expect([feed.after(8), feed.after(5), feed.before(10, 3)]).toEqual([[item(9)], null, null]);
      expect(missing).toEqual([
        { from: 4, to: 5 },
        { from: 8, to: 8 },
      ]);
      feed.accept([item(10)]);
      await until('it goes on', () => feed.head === 10);
      feed.close();
    });

    it('G3: within what comes, and at the end of it, peers are told how many were left out', async () => {
      const rows = [...range(1, 2), ...range(5, 6)];
      const { feed, appended, missing } = createFeed(() => 8, read(rows));
      const peer = new RecordingPeer();
      feed.outbox.add(peer, 0, null);
      feed.observe(8, performance.now());
      await until('all of it is told', () => peer.covered(0).next === 9);
      expect(peer.covered(0).seqs).toEqual([1, 2, 5, 6]);
      expect(missing).toEqual([
        { from: 3, to: 4 },
        { from: 7, to: 8 },
      ]);
      rows.push(item(9));
      feed.accept([item(9)]);
      await until('what follows comes', () => peer.covered(0).next === 10);
      expect(appended).toEqual([1, 2, 5, 6, 9]);
      feed.close();
    });

    it('what is committed while it reads is not taken for missing', async () => {
      const rows: Item[] = [];
      let answer: (items: Item[]) => void = () => undefined;
      let reads = 0;
      const { feed, missing } = createFeed(
        () => 0,
        (after) =>
          ++reads === 1
            ? new Promise((resolve) => (answer = resolve))
            : Promise.resolve(rows.filter(({ seq }) => seq > after)),
      );
      // Somebody's word, and nothing is there yet.
      feed.accept([item(5)]);
      await until('it reads', () => reads === 1);
      rows.push(item(1));
      feed.observe(1, performance.now());
      answer([]);
      await until('it is there', () => feed.head === 1);
      expect(missing).toEqual([]);
      feed.close();
    });
  });

  it('G3: names what it skips when it is far behind', async () => {
    const total = 10_000;
    const { feed } = createFeed(() => total);
    const peer = new RecordingPeer();
    feed.outbox.add(peer, 0, null);
    feed.observe(total, performance.now());
    await until('all came', () => peer.covered(0).next === total + 1);
    expect(peer.covered(0).seqs).toHaveLength(RING_ITEMS);
    feed.close();
  });

  it('G9: gives out the replaced form, also of what waits to be flushed', () => {
    const { feed } = createFeed(() => 2);
    feed.accept([item(1), item(2)]);
    feed.replace(1, () => 'withdrawn');
    expect(feed.after(0)?.map(({ json }) => json)).toEqual(['withdrawn', '2']);
    expect(feed.before(2, 5)?.map(({ json }) => json)).toEqual(['withdrawn']);
    feed.close();
  });

  it('G9: gives out nothing that may be out of date, until there is news or nobody has any', async () => {
    let isFresh = false;
    const waiting = async () => {
      const { feed } = createFeed(() => 2, undefined, { isFresh: () => isFresh });
      const peer = new RecordingPeer();
      feed.outbox.add(peer, 0, null);
      const acceptedAt = performance.now();
      feed.accept([item(1)]);
      await new Promise((resolve) => setTimeout(resolve, 60));
      // After a second nobody waits any more, also where this process was held up for it.
      if (performance.now() - acceptedAt < 900) return { feed, peer };
      feed.close();
      return null;
    };
    const { feed, peer } = await until('it is not held up for long', waiting);
    expect(peer.frames).toEqual([]);
    feed.replace(1, () => 'withdrawn');
    isFresh = true;
    await until('it is given', () => peer.frames.length === 1);
    expect(peer.texts).toEqual([expect.stringContaining('"jsons":["withdrawn"]')]);
    isFresh = false;
    feed.accept([item(2)]);
    await until('it is given all the same', () => peer.frames.length === 2);
    feed.close();
  });

  it('G9: gives nothing out of date to those whose turn had not come when the gateway was stopped', async () => {
    let isFresh = true;
    const { feed } = createFeed(() => 1, undefined, { isFresh: () => isFresh });
    const peers = Array.from({ length: 10 }, () => new RecordingPeer());
    for (const peer of peers) feed.outbox.add(peer, 0, null);
    const [before, after] = [peers.slice(0, 4), peers.slice(4)];
    const last = before.at(-1)!;
    last.write = function (outgoing) {
      RecordingPeer.prototype.write.call(this, outgoing);
      isFresh = false;
    };
    feed.accept([item(1)]);
    await until('some are given it', () => last.frames.length === 1);
    expect(peers.map(({ frames }) => frames.length)).toEqual(
      peers.map((peer) => (before.includes(peer) ? 1 : 0)),
    );
    feed.replace(1, () => 'withdrawn');
    isFresh = true;
    await until('the others are', () => after.every(({ frames }) => frames.length === 1));
    for (const { texts } of after)
      expect(texts).toEqual([expect.stringContaining('"jsons":["withdrawn"]')]);
    for (const { frames } of before) expect(frames).toHaveLength(1);
    feed.close();
  });

  it('is as fresh as the database said when it has all that was committed then', async () => {
    const { feed } = createFeed(() => 3);
    feed.observe(0, 100);
    expect(feed.freshAt).toBe(100);
    feed.observe(3, 200);
    expect(feed.freshAt).toBe(100);
    await until('all are read', () => feed.head === 3);
    expect(feed.freshAt).toBe(200);
    feed.close();
  });

  it('answers from the ring only where the ring has all of it', () => {
    const { feed } = createFeed(() => 0);
    feed.accept(range(1, RING_ITEMS + 10));
    expect(feed.after(9)).toBeNull();
    expect(feed.after(10)).toHaveLength(RING_ITEMS);
    expect(feed.before(10, 3)).toBeNull();
    expect(feed.before(20, 3)?.map(({ seq }) => seq)).toEqual([17, 18, 19]);
    feed.close();
  });
});

describe('outbox', () => {
  it('G6: passes over a peer that does not read, and later tells it what it was not sent', async () => {
    const { feed } = createFeed(() => 0);
    const slow = new RecordingPeer();
    const quick = new RecordingPeer();
    feed.outbox.add(slow, 0, null);
    feed.outbox.add(quick, 0, null);
    slow.backlogBytes = BACKLOG_LIMIT_BYTES + 1;
    for (let seq = 1; seq <= 300; seq += 10) {
      feed.accept(range(seq, seq + 9));
      await until('the quick one is ahead', () => quick.covered(0).next === seq + 10);
    }
    expect(slow.frames).toHaveLength(0);
    slow.backlogBytes = 0;
    await until('the slow one has caught up', () => slow.covered(0).next === 301);
    expect(slow.frames).toHaveLength(1);
    expect(slow.frames[0]?.omitted).toBe(100);
    feed.accept([item(301)]);
    await until('the slow one goes on', () => slow.covered(0).next === 302);
    feed.close();
  });

  it('G9: tells who has not read nothing that may be out of date, and after a second all the same', async () => {
    let isFresh = true;
    const { feed } = createFeed(() => 0, undefined, { isFresh: () => isFresh });
    const [slow, quick] = [new RecordingPeer(), new RecordingPeer()];
    for (const peer of [slow, quick]) feed.outbox.add(peer, 0, null);
    slow.backlogBytes = BACKLOG_LIMIT_BYTES + 1;
    feed.accept([item(1)]);
    await until('the quick one has it', () => quick.frames.length === 1);
    isFresh = false;
    const readAt = performance.now();
    slow.backlogBytes = 0;
    await until('the slow one has it', () => slow.frames.length === 1);
    expect(performance.now() - readAt).toBeGreaterThan(900);
    feed.close();
  });

  it('sends what arrives together in one frame, the same bytes for everybody', async () => {
    const { feed } = createFeed(() => 0);
    const frames = new Set<Frame>();
    const peers = Array.from({ length: 3 }, () => {
      const peer = new RecordingPeer();
      const write = peer.write.bind(peer);
      peer.write = (frame) => {
        frames.add(frame);
        write(frame);
      };
      feed.outbox.add(peer, 0, null);
      return peer;
    });
    feed.accept(range(1, 5));
    feed.accept(range(6, 9));
    await until('all have all', () => peers.every((peer) => peer.covered(0).next === 10));
    expect(frames.size).toBe(1);
    feed.close();
  });

  it('begins after what a peer joined with, though the others are still to get that', async () => {
    const { feed } = createFeed(() => 0);
    const early = new RecordingPeer();
    feed.outbox.add(early, 0, null);
    feed.accept(range(1, 4));
    const late = new RecordingPeer();
    feed.outbox.add(late, feed.head, null);
    feed.accept(range(5, 6));
    await until('both have all', () => early.covered(0).next === 7 && late.covered(4).next === 7);
    feed.close();
  });

  it('gives nothing to who has left, and pulses to who is there', async () => {
    const { feed } = createFeed(() => 0);
    const gone = new RecordingPeer();
    const here = new RecordingPeer();
    feed.outbox.add(gone, 0, null);
    feed.outbox.add(here, 0, null);
    feed.outbox.remove(gone);
    feed.outbox.broadcast('pulse');
    feed.accept([item(1)]);
    await until('it has both', () => here.covered(0).next === 2);
    expect(here.texts[0]).toBe('pulse');
    expect(gone.texts).toHaveLength(0);
    feed.close();
  });
});

describe('a budget', () => {
  /** A topic whose peers are given `perSecond`; what it tells of its flushes adds up in `told`. */
  function createThinned(perSecond: number, audience?: (item: Item) => Audience) {
    const told = { deliveries: 0, omitted: 0 };
    const { feed } = createFeed(() => 0, undefined, {
      perSecond,
      ...(audience && { audience }),
      report: ({ deliveries, omitted }) => {
        told.deliveries += deliveries;
        told.omitted += omitted;
      },
    });
    return { feed, told };
  }

  it('lets a burst pass whole where the room was quiet, and looks at nothing', async () => {
    const audience = jest.fn(() => SOMEBODY);
    const { feed } = createThinned(40, audience);
    const peer = new RecordingPeer();
    feed.outbox.add(peer, 0, null);
    feed.accept(range(1, 40));
    await until('all came', () => peer.covered(0).next === 41);
    expect(peer.covered(0).seqs).toHaveLength(40);
    expect(audience).not.toHaveBeenCalled();
    feed.close();
  });

  it('P11: names to the number what it leaves out, however fast and large what comes is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 5, maxLength: 15 }),
        fc.array(fc.nat({ max: 14 }), { minLength: 3, maxLength: 3 }),
        async (batches, joinsAt) => {
          const senderOf = (seq: number) => `u${String((seq * 7) % 13)}`;
          const { feed, told } = createThinned(20, ({ seq }) => ({
            sender: senderOf(seq),
            isForAll: seq % 100 === 0,
            keys: [senderOf(seq)],
          }));
          const peers: { peer: RecordingPeer; head: number; key: string | null }[] = [];
          for (const [i, count] of batches.entries()) {
            for (const at of joinsAt) {
              if (at !== i) continue;
              for (const key of [null, 'u1', 'u1', 'u2']) {
                const peer = new RecordingPeer();
                peers.push({ peer, head: feed.head, key });
                feed.outbox.add(peer, feed.head, key === null ? null : [key]);
              }
            }
            feed.accept(range(feed.head + 1, feed.head + count));
            if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, i));
          }
          const { head } = feed;
          await until('all are told', () =>
            peers.every((one) => one.peer.covered(one.head).next === head + 1),
          );
          for (const one of peers) {
            const { seqs } = one.peer.covered(one.head);
            // Where it caught up with more than the ring has, the older ones are not to be had any more.
            const [first] = one.peer.frames;
            const from = Math.max(one.head, (first?.to ?? 0) - 200);
            const always = range(from + 1, head)
              .map(({ seq }) => seq)
              .filter((seq) => seq % 100 === 0 || senderOf(seq) === one.key);
            expect(always.filter((seq) => !seqs.includes(seq))).toEqual([]);
          }
          const given = peers.map((one) => one.peer.covered(one.head).seqs.length);
          expect(told.deliveries).toBe(given.reduce((sum, count) => sum + count, 0));
          const all = peers.reduce((sum, one) => sum + head - one.head, 0);
          expect(told.omitted).toBe(all - told.deliveries);
          feed.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is one choice for all, and one encoding for each who is given more', async () => {
    const { feed } = createThinned(5, ({ seq }) => ({
      sender: `u${String(seq % 50)}`,
      isForAll: false,
      keys: [`u${String(seq % 50)}`],
    }));
    const frames = new Map<string, Set<Frame>>();
    const listeners = [null, null, 'u1', 'u1', 'u2', 'silent'];
    const peers = listeners.map((key) => {
      const peer = new RecordingPeer();
      const write = peer.write.bind(peer);
      peer.write = (frame) => {
        const id = key ?? '';
        frames.set(id, (frames.get(id) ?? new Set()).add(frame));
        write(frame);
      };
      feed.outbox.add(peer, 0, key === null ? null : [key]);
      return peer;
    });
    feed.accept(range(1, 400));
    await until('all are told', () => peers.every((peer) => peer.covered(0).next === 401));
    expect([...frames.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
    expect(frames.get('silent')).toEqual(frames.get(''));
    expect(peers[0]?.covered(0).seqs).toHaveLength(5);
    for (const [i, key] of listeners.entries()) {
      if (key === null || key === 'silent') continue;
      const own = range(1, 400).filter(({ seq }) => `u${String(seq % 50)}` === key);
      const seqs = peers[i]?.covered(0).seqs ?? [];
      expect(own.filter(({ seq }) => !seqs.includes(seq))).toEqual([]);
      expect(peers[0]?.covered(0).seqs.filter((seq) => !seqs.includes(seq))).toEqual([]);
    }
    feed.close();
  });

  it('gives who comes while a window gathers all that has to pass, however much is said', async () => {
    const { feed } = createThinned(5, ({ seq }) => ({
      sender: 'somebody',
      isForAll: seq % 100 === 0,
      keys: seq % 150 === 0 ? ['me'] : [],
    }));
    const early = new RecordingPeer();
    feed.outbox.add(early, 0, null);
    feed.accept(range(1, 50));
    await until('the room is busy', () => early.frames.length > 0);
    feed.accept(range(51, 150));
    const [late, lateToo, last] = [new RecordingPeer(), new RecordingPeer(), new RecordingPeer()];
    feed.outbox.add(late, feed.head, null);
    feed.outbox.add(lateToo, feed.head, ['me']);
    const end = 150 + 2 * RING_ITEMS;
    feed.accept(range(151, end));
    feed.outbox.add(last, feed.head, null);
    await until('they are told', () => {
      return late.covered(150).next > end && lateToo.covered(150).next > end;
    });
    expect(early.covered(0).next).toBe(end + 1);
    expect(late.frames).toHaveLength(1);
    const hundreds = range(2, end / 100).map(({ seq }) => seq * 100);
    expect(late.covered(150).seqs).toEqual(expect.arrayContaining(hundreds));
    expect(lateToo.covered(150).seqs).toEqual(
      expect.arrayContaining([...hundreds, 450, 750, 1050]),
    );
    feed.accept(range(end + 1, end + 1));
    await until('the last one goes on with the others', () => last.covered(end).next === end + 2);
    feed.close();
  });

  it('fills the whole window, however many come', async () => {
    const { feed } = createThinned(40);
    const peer = new RecordingPeer();
    feed.outbox.add(peer, 0, null);
    const startedAt = performance.now();
    while (performance.now() - startedAt < 500 || peer.frames.length < 5) {
      feed.accept(range(feed.head + 1, feed.head + 150));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until('it is told', () => peer.covered(0).next === feed.head + 1);
    const seconds = (performance.now() - startedAt) / 1_000;
    // A few for the burst at the beginning, and then windows of 100 ms: something has come a hundred times.
    expect(peer.frames.length).toBeLessThan(5 + seconds * 10);
    expect(peer.covered(0).seqs.length).toBeGreaterThan(40);
    expect(peer.covered(0).seqs.length).toBeLessThanOrEqual(40 + 40 * seconds);
    feed.close();
  });

  it('G9: gives out the replaced form of what waits, though the ring has it no more', async () => {
    const { feed } = createThinned(1, ({ seq }) => ({
      sender: 'a',
      isForAll: seq === 2,
      keys: ['me'],
    }));
    const peer = new RecordingPeer();
    feed.outbox.add(peer, 0, ['me']);
    feed.accept([item(1)]);
    await until('the first came', () => peer.covered(0).next === 2);
    feed.accept(range(2, RING_ITEMS + 100));
    for (const seq of [2, 3]) feed.replace(seq, (json) => String(-Number(json)));
    const seqs = () => peer.frames.flatMap(({ from, to }) => [from, to]);
    await until('all came', () => seqs().at(-1) === RING_ITEMS + 100);
    expect(peer.texts.at(-1)).toMatch(/"jsons":\["-2","-3","4"/);
    feed.close();
  });

  it('G6: holds for who catches up as well', async () => {
    const { feed } = createThinned(10);
    const peer = new RecordingPeer();
    feed.outbox.add(peer, 0, null);
    peer.backlogBytes = BACKLOG_LIMIT_BYTES + 1;
    feed.accept(range(1, 8));
    await new Promise((resolve) => setTimeout(resolve, 10));
    feed.accept(range(9, 150));
    await until('the others were told', () => feed.head === 150);
    peer.backlogBytes = 0;
    await until('it is told', () => peer.covered(0).next === 151);
    expect(peer.covered(0).seqs.length).toBeLessThanOrEqual(20);
    expect(peer.covered(0).seqs.length).toBeGreaterThanOrEqual(10);
    feed.close();
  });
});
