import fc from 'fast-check';
import { until } from '../testing/until';
import { Feed, RING_ITEMS } from './feed';
import type { Frame } from './frame';
import { BACKLOG_LIMIT_BYTES, type Peer } from './peer';
import type { Item } from './ring';

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

/** A feed over a database that holds `committed()` items. */
function createFeed(committed: () => number, read?: (after: number) => Promise<Item[]>) {
  const appended: number[] = [];
  const feed = new Feed(0, [], {
    read: read ?? ((after) => Promise.resolve(range(after + 1, committed()).slice(0, 500))),
    appended: ({ seq }) => appended.push(seq),
    encode: ({ from, to, items, omitted }) =>
      JSON.stringify({ from, to, seqs: items.map(({ seq }) => seq), omitted }),
    report: () => undefined,
    log: silent,
  });
  return { feed, appended };
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
              feed.outbox.add(peer, feed.head);
            }
            feed.accept([item(seq)]);
            if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          feed.observe(total);
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
    feed.observe(3);
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

  it('G3: names what it skips when it is far behind', async () => {
    const total = 10_000;
    const { feed } = createFeed(() => total);
    const peer = new RecordingPeer();
    feed.outbox.add(peer, 0);
    feed.observe(total);
    await until('all came', () => peer.covered(0).next === total + 1);
    expect(peer.covered(0).seqs).toHaveLength(RING_ITEMS);
    feed.close();
  });

  it('G9: gives out the replaced form, also of what waits to be flushed', () => {
    const { feed } = createFeed(() => 2);
    feed.accept([item(1), item(2)]);
    feed.replace(1, 'withdrawn');
    expect(feed.after(0)?.map(({ json }) => json)).toEqual(['withdrawn', '2']);
    expect(feed.before(2, 5)?.map(({ json }) => json)).toEqual(['withdrawn']);
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
    feed.outbox.add(slow, 0);
    feed.outbox.add(quick, 0);
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
      feed.outbox.add(peer, 0);
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
    feed.outbox.add(early, 0);
    feed.accept(range(1, 4));
    const late = new RecordingPeer();
    feed.outbox.add(late, feed.head);
    feed.accept(range(5, 6));
    await until('both have all', () => early.covered(0).next === 7 && late.covered(4).next === 7);
    feed.close();
  });

  it('gives nothing to who has left, and pulses to who is there', async () => {
    const { feed } = createFeed(() => 0);
    const gone = new RecordingPeer();
    const here = new RecordingPeer();
    feed.outbox.add(gone, 0);
    feed.outbox.add(here, 0);
    feed.outbox.remove(gone);
    feed.outbox.broadcast('pulse');
    feed.accept([item(1)]);
    await until('it has both', () => here.covered(0).next === 2);
    expect(here.texts[0]).toBe('pulse');
    expect(gone.texts).toHaveLength(0);
    feed.close();
  });
});
