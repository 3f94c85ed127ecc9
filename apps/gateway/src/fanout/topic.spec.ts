import { TOPIC_BACKLOG_LIMIT_BYTES, type Peer } from './peer';
import type { FlushReport } from './outbox';
import type { Outgoing } from './outgoing';
import { Topic } from './topic';

/** The texts of frames that lie one behind the other (RFC 6455, 5.2). */
function readFrames(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
    const length =
      short === 126
        ? bytes.readUInt16BE(at + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short;
    texts.push(bytes.subarray(start, start + length).toString());
    at = start + length;
  }
  return texts;
}

class RecordingPeer implements Peer {
  isOpen = true;
  backlogBytes = 0;
  wasGivenUp = false;
  readonly writes: Buffer[] = [];

  get texts(): string[] {
    return this.writes.flatMap(readFrames);
  }

  write(outgoing: Outgoing): void {
    this.writes.push(outgoing.plain);
  }

  giveUp(): void {
    this.wasGivenUp = true;
    this.isOpen = false;
  }
}

function createTopic(peers: number) {
  const reports: FlushReport[] = [];
  const topic = new Topic((report) => reports.push(report));
  const all = Array.from({ length: peers }, () => new RecordingPeer());
  for (const peer of all) topic.add(peer);
  /** Resolves when `count` messages have gone out. */
  const flushed = async (count: number) => {
    while (reports.reduce((sum, { items }) => sum + items, 0) < count) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { topic, peers: all, reports, flushed };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `m${String(i)}`);

describe('topic', () => {
  it('gives every message to every peer, in order, as the same bytes', async () => {
    const { topic, peers, reports, flushed } = createTopic(1_000);
    for (const text of numbered(500)) topic.publish(text);
    await flushed(500);
    const [first, ...rest] = peers;
    expect(first?.texts).toEqual(numbered(500));
    // Encoded once: all sockets are given one and the same buffer.
    const isSame = (peer: RecordingPeer) =>
      peer.writes.length === first?.writes.length &&
      peer.writes.every((bytes, i) => bytes === first.writes[i]);
    expect(rest.filter(isSame)).toHaveLength(999);
    expect(first?.writes.length).toBeLessThan(10);
    expect(reports.reduce((sum, { items }) => sum + items, 0)).toBe(500);
  });

  it('leaves out the one that is excepted, and keeps the order of the rest', async () => {
    const { topic, peers, flushed } = createTopic(3);
    topic.publish('a');
    topic.publish('b', peers[1]);
    topic.publish('c');
    await flushed(3);
    expect(peers.map((peer) => peer.texts)).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('gives nothing to a newcomer that was published before it came', async () => {
    const { topic, peers, flushed } = createTopic(1);
    const late = new RecordingPeer();
    topic.publish('before');
    topic.add(late);
    topic.publish('after');
    await flushed(2);
    expect(peers[0]?.texts).toEqual(['before', 'after']);
    expect(late.texts).toEqual(['after']);
  });

  it('gives nothing to whoever has left, also where it comes back within the window', async () => {
    const { topic, peers, flushed } = createTopic(2);
    const [leaver] = peers;
    topic.publish('a');
    topic.remove(leaver!);
    topic.publish('b');
    topic.add(leaver!);
    topic.publish('c');
    await flushed(3);
    expect(leaver?.texts).toEqual(['c']);
    expect(peers[1]?.texts).toEqual(['a', 'b', 'c']);
  });

  it('G6: gives up a peer that does not read, and none of the others waits', async () => {
    const { topic, peers, flushed } = createTopic(2);
    peers[0]!.backlogBytes = TOPIC_BACKLOG_LIMIT_BYTES + 1;
    topic.publish('a');
    await flushed(1);
    expect(peers[0]).toMatchObject({ wasGivenUp: true, writes: [] });
    expect(peers[1]?.texts).toEqual(['a']);
  });

  it('gives nothing after it was closed', async () => {
    const { topic, peers } = createTopic(1);
    topic.publish('a');
    topic.close();
    topic.publish('b');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(peers[0]?.texts).toEqual([]);
  });
});
