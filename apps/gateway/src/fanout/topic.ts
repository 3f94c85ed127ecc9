import { Frame } from './frame';
import { FrameBatch } from './frame-batch';
import type { FlushReport } from './outbox';
import { Pace } from './pace';
import { TOPIC_BACKLOG_LIMIT_BYTES, type Peer } from './peer';
import type { Outgoing } from './outgoing';
import { visitInSlices } from './slices';

/** With this much waiting the window ends. */
const PENDING_MAX = 250;
const PENDING_MAX_CHARS = 256 * 1024;

/** A peer's place in the topic. A new object for each time that it comes: a flush in slices knows who is still the same. */
interface Member {
  readonly peer: Peer;
}

interface Message {
  readonly frame: Frame;
  readonly except: Peer | undefined;
}

/**
 * Gives messages that have no place in a sequence to all of a topic's peers, in the order in which they are published: each is
 * encoded once, and what is published within a window is one write for each peer. A peer that does not read is given up before it
 * costs more than 1 MiB (G6).
 */
export class Topic {
  readonly #members = new Map<Peer, Member>();
  readonly #pace = new Pace(() => {
    this.#flush();
  });
  #pending: Message[] = [];
  #pendingChars = 0;
  /** Who came while messages were waiting, and how many of those were not for them. */
  #late = new Map<Member, number>();
  #isFlushing = false;

  constructor(private readonly report: (flush: FlushReport) => void) {}

  /** From now on the peer gets every message; none that was published before. */
  add(peer: Peer): void {
    const member = { peer };
    this.#members.set(peer, member);
    if (this.#pending.length > 0) this.#late.set(member, this.#pending.length);
  }

  /** The peer gets nothing more. */
  remove(peer: Peer): void {
    const member = this.#members.get(peer);
    if (!member) return;
    this.#members.delete(peer);
    this.#late.delete(member);
  }

  /** Gives a message to all peers but one. A text that is given as a function is made when it goes out. */
  publish(text: string | (() => string), except?: Peer): void {
    if (this.#members.size === 0) return;
    this.#pending.push({ frame: new Frame(text), except });
    if (typeof text === 'string') this.#pendingChars += text.length;
    if (this.#isFlushing) return;
    if (this.#pending.length >= PENDING_MAX || this.#pendingChars >= PENDING_MAX_CHARS) {
      this.#pace.cancel();
      this.#flush();
    } else {
      this.#pace.wait();
    }
  }

  /** Forgets all peers; nothing is written any more. */
  close(): void {
    this.#pace.cancel();
    this.#members.clear();
    this.#late.clear();
    this.#pending = [];
  }

  #flush(): void {
    const messages = this.#pending;
    if (this.#members.size === 0 || messages.length === 0) return;
    const special = this.#specials(messages);
    const batch = toOutgoing(messages);
    this.#pending = [];
    this.#pendingChars = 0;
    this.#isFlushing = true;
    const report = { items: messages.length, deliveries: 0, omitted: 0, bytes: 0, costMs: 0 };
    const give = (member: Member) => {
      const { peer } = member;
      if (!peer.isOpen || this.#members.get(peer) !== member) return;
      if (peer.backlogBytes > TOPIC_BACKLOG_LIMIT_BYTES) {
        peer.giveUp();
        return;
      }
      const outgoing = special?.has(member) ? special.get(member) : batch;
      if (!outgoing) return;
      peer.write(outgoing);
      report.deliveries += outgoing === batch ? messages.length : outgoing.texts.length;
      report.bytes += outgoing.plain.length;
    };
    visitInSlices([...this.#members.values()], give, (costMs) => {
      report.costMs = costMs;
      this.#isFlushing = false;
      this.#pace.flushed(costMs, messages.length);
      this.report(report);
      if (this.#pending.length > 0) this.#pace.wait();
    });
  }

  /** What the few get who do not get all of it: null for nothing. */
  #specials(messages: readonly Message[]): Map<Member, Outgoing | null> | null {
    const special = new Set<Member>(this.#late.keys());
    for (const { except } of messages) {
      const member = except && this.#members.get(except);
      if (member) special.add(member);
    }
    const late = this.#late;
    if (late.size > 0) this.#late = new Map();
    if (special.size === 0) return null;
    const outgoing = (member: Member): Outgoing | null => {
      const from = late.get(member) ?? 0;
      const its = messages.filter((message, i) => i >= from && message.except !== member.peer);
      return its.length > 0 ? toOutgoing(its) : null;
    };
    return new Map([...special].map((member) => [member, outgoing(member)]));
  }
}

function toOutgoing(messages: readonly Message[]): Outgoing {
  const [first] = messages;
  if (messages.length === 1 && first) return first.frame;
  return new FrameBatch(messages.map(({ frame }) => frame));
}
