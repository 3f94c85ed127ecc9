import { Frame } from './frame';
import { BACKLOG_LIMIT_BYTES, BACKLOG_RESUME_BYTES, type Peer } from './peer';
import { Pace } from './pace';
import type { Item, Ring } from './ring';
import { visitInSlices } from './slices';

/** With this many entries waiting the window ends, so that the ring still has them all. */
const PENDING_MAX = 250;
/** A peer that was skipped gets at most this many of the entries that it missed; the rest is `omitted`. */
const CATCH_UP_MAX = 200;
const LAGGARD_CHECK_MS = 100;
/** A peer that does not read for this long is given up. */
const LAGGARD_MAX_MS = 30_000;

/** A peer's place in the topic. A new object for each time that it joins: a flush in slices knows who is still the same. */
interface Member {
  readonly peer: Peer;
  /** The sequence this peer was last given, where that is not what everybody was last given; else -1. */
  givenTo: number;
  lagsSince: number;
}

/** What a flush cost and gave, for metrics. */
export interface FlushReport {
  /** Peers that got the frame. */
  peers: number;
  /** Items in the frame, and those that it only names as omitted. */
  items: number;
  omitted: number;
  bytes: number;
  /** Time on the event loop. */
  costMs: number;
}

export interface OutboxOptions {
  /** The text of a frame with the items of `from…to`, `omitted` of which are left out. */
  encode: (range: { from: number; to: number; items: Item[]; omitted: number }) => string;
  report: (flush: FlushReport) => void;
}

/**
 * Gives a topic's items to its peers: encoded once, written many times. At once where the topic was quiet, else once a window.
 * A peer that does not read costs the others nothing: it is passed over, and later gets the latest of what it missed.
 */
export class Outbox {
  readonly #members = new Map<Peer, Member>();
  readonly #laggards = new Set<Member>();
  readonly #ring: Ring;
  readonly #options: OutboxOptions;
  readonly #pace = new Pace(() => {
    this.#flush();
  });
  #flushedTo: number;
  #laggardTimer: NodeJS.Timeout | undefined;
  #isFlushing = false;
  #waiting: string | undefined;
  #isClosed = false;

  constructor(ring: Ring, options: OutboxOptions) {
    this.#ring = ring;
    this.#options = options;
    this.#flushedTo = ring.last;
  }

  /** From now on the peer gets every item after `givenTo`, which is at most the ring's last. */
  add(peer: Peer, givenTo: number): void {
    this.remove(peer);
    const member: Member = { peer, givenTo: -1, lagsSince: 0 };
    this.#members.set(peer, member);
    if (givenTo !== this.#flushedTo) this.#letLag(member, givenTo);
  }

  remove(peer: Peer): void {
    const member = this.#members.get(peer);
    if (!member) return;
    this.#members.delete(peer);
    this.#laggards.delete(member);
  }

  /** To be called when the ring has new items. */
  notify(): void {
    if (this.#isFlushing || this.#isClosed) return;
    if (this.#members.size === 0) {
      this.#flushedTo = this.#ring.last;
      return;
    }
    if (this.#ring.last - this.#flushedTo < PENDING_MAX || !this.#pace.isWaiting) {
      this.#pace.wait();
      return;
    }
    this.#pace.cancel();
    this.#flush();
  }

  /**
   * Gives everybody a text that has no place in the sequence; whoever does not read goes without. While a flush is on its way,
   * only the latest such text waits for its end.
   */
  broadcast(text: string): void {
    if (this.#isClosed || this.#members.size === 0) return;
    if (this.#isFlushing) this.#waiting = text;
    else this.#start(null, new Frame(text), { items: 0, omitted: 0 });
  }

  /** Forgets all peers; nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#pace.cancel();
    clearInterval(this.#laggardTimer);
    this.#members.clear();
    this.#laggards.clear();
  }

  #flush(): void {
    const from = this.#flushedTo + 1;
    const to = this.#ring.last;
    if (to < from || this.#isFlushing || this.#isClosed) return;
    this.#flushedTo = to;
    if (this.#members.size === 0) return;
    const items = this.#ring.slice(from, to);
    const omitted = to - from + 1 - items.length;
    const frame = new Frame(this.#options.encode({ from, to, items, omitted }));
    this.#start(from, frame, { items: items.length, omitted });
  }

  /** `from` is the first sequence in the frame; null for a text without a place in the sequence. */
  #start(from: number | null, frame: Frame, counts: { items: number; omitted: number }): void {
    this.#isFlushing = true;
    const report = { peers: 0, bytes: 0, costMs: 0, ...counts };
    const give = (member: Member) => {
      const { peer } = member;
      if (member.givenTo >= 0 || !peer.isOpen || this.#members.get(peer) !== member) return;
      if (peer.backlogBytes > BACKLOG_LIMIT_BYTES) {
        if (from !== null) this.#letLag(member, from - 1);
        return;
      }
      peer.write(frame);
      report.peers++;
    };
    visitInSlices([...this.#members.values()], give, (costMs) => {
      report.costMs = costMs;
      report.bytes = report.peers * frame.plain.length;
      this.#isFlushing = false;
      if (from !== null) this.#pace.flushed(costMs);
      this.#options.report(report);
      if (!this.#isClosed) this.#goOn();
    });
  }

  /** What has come while a flush was on its way. */
  #goOn(): void {
    this.#serveLaggards();
    if (this.#ring.last > this.#flushedTo) this.notify();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.broadcast(waiting);
  }

  /** The member leaves the common flush until it has been given what the others have. */
  #letLag(member: Member, givenTo: number): void {
    member.givenTo = givenTo;
    member.lagsSince = performance.now();
    this.#laggards.add(member);
    this.#laggardTimer ??= setInterval(() => {
      this.#serveLaggards();
    }, LAGGARD_CHECK_MS);
  }

  /** Never during a flush: a member that catches up in the middle of one would get its items twice. */
  #serveLaggards(): void {
    if (this.#isFlushing) return;
    const frames = new Map<number, Frame>();
    const now = performance.now();
    for (const member of this.#laggards) {
      const { peer, givenTo } = member;
      if (givenTo > this.#flushedTo) continue;
      if (givenTo < this.#flushedTo) {
        if (peer.backlogBytes > BACKLOG_RESUME_BYTES) {
          if (now - member.lagsSince > LAGGARD_MAX_MS) peer.giveUp();
          continue;
        }
        let frame = frames.get(givenTo);
        if (!frame) frames.set(givenTo, (frame = this.#encodeCatchUp(givenTo)));
        if (peer.isOpen) peer.write(frame);
      }
      member.givenTo = -1;
      this.#laggards.delete(member);
    }
    if (this.#laggards.size > 0) return;
    clearInterval(this.#laggardTimer);
    this.#laggardTimer = undefined;
  }

  #encodeCatchUp(givenTo: number): Frame {
    const from = givenTo + 1;
    const to = this.#flushedTo;
    const items = this.#ring.slice(Math.max(from, to - CATCH_UP_MAX + 1), to);
    const omitted = to - givenTo - items.length;
    return new Frame(this.#options.encode({ from, to, items, omitted }));
  }
}
