import { Budget } from './budget';
import { Frame } from './frame';
import { FrameChain } from './frame-chain';
import { Hold } from './hold';
import { Pace, WINDOW_MAX_MS } from './pace';
import { BACKLOG_LIMIT_BYTES, BACKLOG_RESUME_BYTES, type Peer } from './peer';
import { RangeFrames, type EncodeRange, type Given } from './range-frames';
import type { Item, Ring } from './ring';
import { Sieve, type Audience } from './sieve';
import { visitInSlices } from './slices';

/** A peer that was skipped gets at most this many of the items that it missed; the rest is `omitted`. */
const CATCH_UP_MAX = 200;
const LAGGARD_CHECK_MS = 100;
/** A peer that does not read for this long is given up. */
const LAGGARD_MAX_MS = 30_000;
/** What may be out of date waits for fresh news, looked for this often. */
const FRESHEN_MS = 25;

/** A peer's place in the topic. A new object for each time that it joins: a flush in slices knows who is still the same. */
interface Member {
  readonly peer: Peer;
  /** What it listens for; null for nothing. */
  readonly keys: readonly string[] | null;
  /** The sequence this peer was last given, where that is not what everybody was last given; else -1. */
  givenTo: number;
  lagsSince: number;
  hasLeft: boolean;
}

/** A range that goes out, and how many of its items all are given. */
interface Flush {
  readonly from: number;
  readonly to: number;
  readonly items: number;
}

/** What a flush cost and gave, for metrics. */
export interface FlushReport {
  /** Items that everybody was given, encoded once. */
  items: number;
  /** Items times peers: given, and left out. */
  deliveries: number;
  omitted: number;
  bytes: number;
  /** Time on the event loop. */
  costMs: number;
}

export interface OutboxOptions {
  encode: EncodeRange;
  /** Items a second that a peer is given; Infinity for no limit. */
  perSecond: number;
  /** Asked only for what is more than that. */
  audience: (item: Item) => Audience;
  report: (flush: FlushReport) => void;
  /**
   * False where something may have been forbidden that this gateway has not heard of, as when it was stopped for a while: what waits
   * to be given out waits on (G9).
   */
  isFresh: () => boolean;
}

/**
 * Gives a topic's items to its peers: encoded once, written many times. At once where the topic was quiet, else once a window.
 * What is more than a peer's budget is left out, by one choice for all. A peer that does not read costs the others nothing: it is
 * passed over, and later gets the latest of what it missed.
 */
export class Outbox {
  readonly #members = new Map<Peer, Member>();
  readonly #laggards = new Set<Member>();
  /** How many members listen for a key. */
  readonly #listeners = new Map<string, number>();
  readonly #ring: Ring;
  readonly #options: OutboxOptions;
  readonly #budget: Budget;
  readonly #sieve: Sieve;
  readonly #pace = new Pace(() => {
    this.#flushFresh();
  });
  readonly #chain = new FrameChain();
  #flushedTo: number;
  #laggardTimer: NodeJS.Timeout | undefined;
  #isFlushing = false;
  readonly #flushHold: Hold;
  readonly #laggardHold: Hold;
  #waiting: string | undefined;
  #isClosed = false;

  constructor(ring: Ring, options: OutboxOptions) {
    this.#ring = ring;
    this.#options = options;
    this.#budget = new Budget(options.perSecond);
    this.#sieve = this.#createSieve(options.audience);
    this.#flushHold = new Hold(options.isFresh);
    this.#laggardHold = new Hold(options.isFresh);
    this.#flushedTo = ring.last;
  }

  /** From now on the peer gets every item after `givenTo`, which is at most the ring's last; those for its `keys` in any case. */
  add(peer: Peer, givenTo: number, keys: readonly string[] | null): void {
    this.remove(peer);
    const member: Member = { peer, keys, givenTo: -1, lagsSince: 0, hasLeft: false };
    this.#members.set(peer, member);
    for (const key of keys ?? []) this.#listeners.set(key, (this.#listeners.get(key) ?? 0) + 1);
    if (givenTo !== this.#flushedTo) this.#letLag(member, givenTo);
  }

  remove(peer: Peer): void {
    const member = this.#members.get(peer);
    if (!member) return;
    member.hasLeft = true;
    this.#members.delete(peer);
    this.#laggards.delete(member);
    for (const key of member.keys ?? []) {
      const left = (this.#listeners.get(key) ?? 0) - 1;
      if (left > 0) this.#listeners.set(key, left);
      else this.#listeners.delete(key);
    }
  }

  /** To be called with each new item of the ring, in sequence. It is given out after the next `notify`. */
  push(item: Item): void {
    if (this.#members.size === 0 || this.#isClosed) return;
    if (this.#sieve.isFull && !this.#isFlushing) {
      this.#pace.cancel();
      this.#flush(item.seq - 1);
    }
    this.#sieve.push(item);
  }

  /** From now on the item is given out in another form. */
  replace(seq: number, rewrite: (json: string) => string): void {
    this.#sieve.replace(seq, rewrite);
  }

  /** To be called when the ring has new items. */
  notify(): void {
    if (this.#isFlushing || this.#isClosed) return;
    if (this.#members.size === 0) {
      this.#sieve.clear();
      this.#flushedTo = this.#ring.last;
      return;
    }
    // Shorter windows would only say more often how much is left out.
    this.#pace.wait(this.#budget.available < 1 ? WINDOW_MAX_MS : 0);
  }

  /**
   * Gives everybody a text that has no place in the sequence; whoever does not read goes without. While a flush is on its way,
   * only the latest such text waits for its end.
   */
  broadcast(text: string): void {
    if (this.#isClosed || this.#members.size === 0) return;
    if (this.#isFlushing) {
      this.#waiting = text;
      return;
    }
    const given = { frame: this.#nextFrame(text), items: 0, omitted: 0 };
    this.#give(null, () => given);
  }

  /** Forgets all peers; nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#pace.cancel();
    clearInterval(this.#laggardTimer);
    this.#members.clear();
    this.#laggards.clear();
    this.#sieve.clear();
    this.#chain.end();
  }

  /** A frame that all get who do not lag. */
  #nextFrame(text: string): Frame {
    return this.#chain.next(text, this.#members.size);
  }

  #flushFresh(): void {
    if (this.#flushHold.holds()) this.#pace.waitOn(FRESHEN_MS);
    else this.#flush(this.#ring.last);
  }

  #flush(to: number): void {
    const from = this.#flushedTo + 1;
    if (to < from || this.#isFlushing || this.#isClosed) return;
    this.#flushedTo = to;
    const selection = this.#sieve.take(this.#budget.available);
    if (this.#members.size === 0) return;
    this.#budget.spend(selection.items.length);
    const { encode } = this.#options;
    const commonFrame = (text: string) => this.#nextFrame(text);
    const frames = new RangeFrames({ from, to, selection, encode, commonFrame });
    const late = new Map<number, RangeFrames>();
    this.#give({ from, to, items: selection.items.length }, ({ keys, givenTo }) => {
      if (givenTo < 0) return frames.for(keys);
      let rest = late.get(givenTo);
      if (!rest) late.set(givenTo, (rest = frames.after(givenTo)));
      return rest.for(keys);
    });
  }

  /**
   * Gives it to all who do not lag. Who came while the range was gathering is given the rest of it: what has to pass is still there,
   * and may not be in the ring any more. `flush` is null for a text without a place in the sequence.
   */
  #give(flush: Flush | null, frameFor: (member: Member) => Given): void {
    const isOutdated = this.#watchNews();
    const give = (member: Member) => {
      const { peer, givenTo } = member;
      const isLate = flush !== null && givenTo >= flush.from && givenTo <= flush.to;
      if (givenTo >= 0 && !isLate) return null;
      if (!peer.isOpen || member.hasLeft || this.#isClosed) return null;
      if ((flush && isOutdated()) || peer.backlogBytes > BACKLOG_LIMIT_BYTES) {
        if (flush && !isLate) this.#letLag(member, flush.from - 1);
        return null;
      }
      const given = isLate && givenTo === flush.to ? null : frameFor(member);
      if (isLate) this.#endLag(member);
      return given;
    };
    this.#write([...this.#members.values()], give, (costMs) => {
      if (flush) this.#pace.flushed(costMs, flush.items);
    });
  }

  /**
   * True from when frames that are made now may be out of date: a gateway that is stopped while it writes them goes on with what it has
   * made before. Whoever has not had them gets it later, as it is then (G9).
   */
  #watchNews(): () => boolean {
    const { isFresh } = this.#options;
    const wasFresh = isFresh();
    return () => wasFresh && !isFresh();
  }

  /** Writes to each member what `frameFor` says; null for nothing. Until `done` is called nothing else is written. */
  #write(
    members: readonly Member[],
    frameFor: (member: Member) => Given | null,
    done: (costMs: number) => void,
  ): void {
    this.#isFlushing = true;
    const report = { items: 0, deliveries: 0, omitted: 0, bytes: 0, costMs: 0 };
    const write = (member: Member) => {
      const given = frameFor(member);
      if (!given) return;
      member.peer.write(given.frame);
      report.deliveries += given.items;
      report.omitted += given.omitted;
      report.bytes += given.frame.plain.length;
    };
    visitInSlices(members, write, (costMs) => {
      this.#isFlushing = false;
      done(costMs);
      report.costMs = costMs;
      this.#options.report(report);
      if (!this.#isClosed) this.#goOn();
    });
  }

  /** What has come while a flush was on its way. */
  #goOn(): void {
    this.#serveLaggards();
    if (this.#ring.last > this.#flushedTo) this.notify();
    const waiting = this.#waiting;
    if (waiting === undefined || this.#isFlushing) return;
    this.#waiting = undefined;
    this.broadcast(waiting);
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
    if (this.#laggards.size > 0 && this.#laggardHold.holds()) return;
    const now = performance.now();
    const ready: Member[] = [];
    for (const member of this.#laggards) {
      const { peer, givenTo } = member;
      if (givenTo === this.#flushedTo) this.#endLag(member);
      else if (givenTo < this.#flushedTo) {
        if (peer.backlogBytes <= BACKLOG_RESUME_BYTES) ready.push(member);
        else if (now - member.lagsSince > LAGGARD_MAX_MS) peer.giveUp();
      }
    }
    if (ready.length > 0) this.#catchUp(ready);
    if (this.#laggards.size > 0) return;
    clearInterval(this.#laggardTimer);
    this.#laggardTimer = undefined;
  }

  #endLag(member: Member): void {
    member.givenTo = -1;
    this.#laggards.delete(member);
  }

  /** Brings them to where the others are. Those who were given the same before get the same frame. */
  #catchUp(members: readonly Member[]): void {
    const audiences = new Map<number, Audience>();
    const audience = (item: Item) => {
      let known = audiences.get(item.seq);
      if (!known) audiences.set(item.seq, (known = this.#options.audience(item)));
      return known;
    };
    const ranges = new Map<number, RangeFrames>();
    const isOutdated = this.#watchNews();
    const give = (member: Member) => {
      const { peer, givenTo } = member;
      if (!this.#laggards.has(member) || isOutdated()) return null;
      this.#endLag(member);
      if (!peer.isOpen) return null;
      let frames = ranges.get(givenTo);
      if (!frames) ranges.set(givenTo, (frames = this.#catchUpFrames(givenTo, audience)));
      return frames.for(member.keys);
    };
    this.#write(members, give, () => undefined);
  }

  /** The latest of what is after `givenTo`. Of the budget it is a second's worth: that much a peer may miss and get whole. */
  #catchUpFrames(givenTo: number, audience: (item: Item) => Audience): RangeFrames {
    const from = givenTo + 1;
    const to = this.#flushedTo;
    const sieve = this.#createSieve(audience);
    for (const item of this.#ring.slice(Math.max(from, to - CATCH_UP_MAX + 1), to))
      sieve.push(item);
    const selection = sieve.take(this.#options.perSecond);
    const { encode } = this.#options;
    const commonFrame = (text: string) => new Frame(text);
    return new RangeFrames({ from, to, selection, encode, commonFrame });
  }

  #createSieve(audience: (item: Item) => Audience): Sieve {
    return new Sieve({
      limit: this.#options.perSecond,
      audience,
      isHeard: (key) => this.#listeners.has(key),
    });
  }
}
