import { setTimeout as delay } from 'node:timers/promises';
import { Outbox, type OutboxOptions } from './outbox';
import { Ring, type Item } from './ring';
import type { Log } from '../log';

/** Serves joins and resumes without the database. */
export const RING_ITEMS = 500;
/** The other publication is mostly on its way: asking the database at once would ask in vain. */
const GAP_GRACE_MS = 20;
const RETRY_MS = 200;
const READ_PAGE = 500;
/** Further behind than this the feed jumps: what it skips is named as omitted. */
const JUMP_BEHIND = 2_000;
/** Items held beyond a gap; more of them are read again from the database. */
const HELD_MAX = 2_000;

export interface FeedOptions extends OutboxOptions {
  /** The committed items after `after`, ascending and without a gap; at most `limit`. */
  read: (after: number, limit: number) => Promise<Item[]>;
  /** Called once for each item, in sequence, before anybody is given it. May `replace` earlier ones. */
  appended: (item: Item) => void;
  /** Called once for each range that the log itself does not have, other than it should: peers are told that it was left out. */
  missing: (range: MissingRange) => void;
  log: Log;
}

/** Numbers of which there are no items in the database. */
export interface MissingRange {
  readonly from: number;
  readonly to: number;
}

/**
 * An ordered topic on this gateway: items 1, 2, 3, … arrive in any order, doubled or not at all (G5), and are given to the
 * topic's peers in sequence, each once (G2, G3). What does not arrive is read from the database.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #ring = new Ring(RING_ITEMS);
  readonly #held = new Map<number, Item>();
  readonly outbox: Outbox;
  /** The highest sequence that is known to be committed. */
  #known: number;
  /** Everything that was committed by then is here; `performance.now()`. */
  #freshAt = -Infinity;
  /** With this one, everything that was committed by `asOf` will be. */
  #due: { seq: number; asOf: number } | undefined;
  /** The highest sequence of which the database itself has said so: all up to it can be read, or is not there. */
  #sure: number;
  #isFilling = false;
  #isClosed = false;

  /** `latest` are the last items of the log, and `head` its last sequence. Where some are missing among them, the ring begins after those. */
  constructor(head: number, latest: Item[], options: FeedOptions) {
    this.#options = options;
    this.#known = head;
    this.#sure = head;
    this.#ring.reset(latest[0] ? latest[0].seq - 1 : head);
    for (const item of latest) {
      this.#passOverTo(item.seq - 1);
      this.#ring.push(item);
    }
    this.outbox = new Outbox(this.#ring, options);
  }

  /** The last sequence that this gateway has, all earlier ones included. */
  get head(): number {
    return this.#ring.last;
  }

  /** Takes committed items as they come, repeats included. */
  accept(items: readonly Item[]): void {
    let grew = false;
    for (const item of items) {
      if (item.seq === this.#ring.last + 1) {
        this.#push(item);
        grew = true;
      } else if (item.seq > this.#ring.last && this.#held.size < HELD_MAX) {
        this.#held.set(item.seq, item);
      }
      this.#known = Math.max(this.#known, item.seq);
    }
    if (grew) this.#takeHeld();
    if (grew) this.outbox.notify();
    if (this.#known > this.#ring.last) this.#fillSoon();
  }

  /** Everything that was committed by then is here, as far as the database was asked; `performance.now()`. */
  get freshAt(): number {
    return this.#freshAt;
  }

  /** The database has said that the log reaches `head`, and reached no further at `asOf`, `performance.now()`. */
  observe(head: number, asOf: number): void {
    if (head <= this.#ring.last) {
      this.#freshAt = Math.max(this.#freshAt, asOf);
      return;
    }
    this.#due ??= { seq: head, asOf };
    this.#sure = Math.max(this.#sure, head);
    this.#known = Math.max(this.#known, head);
    this.#fillSoon();
  }

  /**
   * Resolves when the feed has everything up to the known head, or cannot get it now.
   * @throws what `read` throws.
   */
  async catchUp(head: number): Promise<void> {
    this.#known = Math.max(this.#known, head);
    while (this.#ring.last < head && !this.#isClosed) {
      if (!(await this.#readNext())) return;
    }
  }

  /** The items after `after`, or null where the ring does not reach back that far. */
  after(after: number): Item[] | null {
    return this.#ring.covers(after) ? this.#ring.slice(after + 1, this.#ring.last) : null;
  }

  /** The last `count` items before `end`, or null where the ring does not reach back that far. */
  before(end: number, count: number): Item[] | null {
    const from = Math.max(1, end - count);
    return this.#ring.first <= from ? this.#ring.slice(from, end - 1) : null;
  }

  /** Every item that the ring holds, in sequence. */
  held(): Item[] {
    return this.#ring.slice(this.#ring.first, this.#ring.last);
  }

  get(seq: number): Item | undefined {
    return this.#ring.get(seq);
  }

  /** From now on the item is given out in another form, also where it waits to be given. */
  replace(seq: number, rewrite: (json: string) => string): void {
    this.#ring.replace(seq, rewrite);
    this.outbox.replace(seq, rewrite);
  }

  close(): void {
    this.#isClosed = true;
    this.#held.clear();
    this.outbox.close();
  }

  #push(item: Item): void {
    this.#ring.push(item);
    this.#held.delete(item.seq);
    this.#options.appended(item);
    this.outbox.push(item);
    this.#freshen();
  }

  #freshen(): void {
    if (!this.#due || this.#ring.last < this.#due.seq) return;
    this.#freshAt = this.#due.asOf;
    this.#due = undefined;
  }

  #takeHeld(): void {
    if (this.#held.size === 0) return;
    for (;;) {
      const next = this.#held.get(this.#ring.last + 1);
      if (!next) break;
      this.#push(next);
    }
    for (const seq of this.#held.keys()) if (seq <= this.#ring.last) this.#held.delete(seq);
  }

  #fillSoon(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    void this.#fill().finally(() => {
      this.#isFilling = false;
      // Something may have become known between the last look and here.
      if (this.#known > this.#ring.last && !this.#isClosed) this.#fillSoon();
    });
  }

  async #fill(): Promise<void> {
    await delay(GAP_GRACE_MS);
    while (this.#known > this.#ring.last && !this.#isClosed) {
      try {
        const sure = this.#sure;
        if (await this.#readNext()) continue;
        if (sure > this.#ring.last) {
          // An earlier number is always readable: what the database had counted before it was read, and does not have, is lost.
          this.#passOverTo(sure);
          this.#takeHeld();
          this.outbox.notify();
          continue;
        }
        // Published and not readable: somebody else's word about a commit that this database does not have.
        this.#options.log.warn('feed: a published entry is not in the database', {
          known: this.#known,
          head: this.#ring.last,
        });
        this.#known = Math.max(this.#ring.last, this.#sure);
        this.#held.clear();
      } catch (error) {
        this.#options.log.debug('feed: the database cannot fill a gap now', {
          error: String(error),
        });
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** One page from the database. False where there is nothing after the ring's last. */
  async #readNext(): Promise<boolean> {
    if (this.#known - this.#ring.last > JUMP_BEHIND) {
      this.#ring.reset(this.#known - RING_ITEMS);
      this.#held.clear();
    }
    const before = this.#ring.last;
    const items = await this.#options.read(before, READ_PAGE);
    if (this.#isClosed) return false;
    for (const item of items) {
      // It may have come by itself meanwhile.
      if (item.seq <= this.#ring.last) continue;
      this.#passOverTo(item.seq - 1);
      this.#push(item);
    }
    this.#takeHeld();
    if (this.#ring.last > before) this.outbox.notify();
    return this.#ring.last > before;
  }

  /** What is between here and `seq` is not in the database. Nobody waits for it; who is given what follows is told how many are left out. */
  #passOverTo(seq: number): void {
    if (seq <= this.#ring.last || this.#isClosed) return;
    this.#options.missing({ from: this.#ring.last + 1, to: seq });
    this.#ring.reset(seq);
    this.#freshen();
  }
}
