import type { Item } from './ring';

/** For whom an item is, where not everybody can be given everything. */
export interface Audience {
  /** Of one sender no more is given than of another, however much they say. */
  readonly sender: string;
  /** Everybody is given it. */
  readonly isForAll: boolean;
  /** Whoever listens for one of these is given it too. */
  readonly keys: readonly string[];
}

export interface SieveOptions {
  /** The most that `take` is asked for: what is certainly too much for that is sifted while it waits. */
  limit: number;
  audience: (item: Item) => Audience;
  /** Whether anybody listens for that key. */
  isHeard: (key: string) => boolean;
}

export interface Selection {
  /** For everybody, in sequence. */
  readonly items: readonly Item[];
  /** What is for those alone who listen for a key, in sequence; null where there is nothing. */
  readonly extras: ReadonlyMap<string, readonly Item[]> | null;
}

/** An item that has to find a place among the others. */
interface Ordinary {
  readonly seq: number;
  readonly sender: string;
  /** How many of the same sender came before it, those counted that were given lately. */
  readonly rank: number;
  /** How many of the same sender wait before it. */
  readonly round: number;
  /** The sender's place in the window's random order. */
  readonly lot: number;
  readonly isHeard: boolean;
}

/** What was given to a sender counts half after this time. */
const HALF_LIFE_MS = 2_000;
/** With so many items unread they are sifted, so that what waits does not grow with the room's rate. */
const SIFT_AT = 256;
/** Above this nothing more is kept: a peer that has still room for a frame holds less than 1 MiB with it (G6). */
const KEPT_MAX_CHARS = 256 * 1024;

/**
 * What waits for a window's end, and the choice of what everybody is given of it. Up to the number that may be given it is all,
 * and no item is looked into. Else it is what is for all, and of the rest one item of each sender, in random order, then a second
 * of each, and so on, those behind that were given something in the last seconds. It makes no difference to the choice that most of it is made while the items come: who is behind `limit`
 * others stays behind them.
 */
export class Sieve {
  readonly #options: SieveOptions;
  /** Everything that may still be given to somebody, in sequence. */
  readonly #kept = new Map<number, Item>();
  #keptChars = 0;
  /** Of those: not looked into yet. */
  #unread: number[] = [];
  #forAll = 0;
  #ordinary: Ordinary[] = [];
  /** How many of `#ordinary` are of a sender. */
  readonly #rounds = new Map<string, number>();
  #heard: { readonly seq: number; readonly keys: readonly string[] }[] = [];
  /** What senders were given of late, forgotten by and by: a window is too short to be fair in. */
  readonly #lately = new Map<string, number>();
  #forgotAt = performance.now();
  /** Of those that are heard: not for everybody. */
  readonly #extra = new Set<number>();
  #salt = newSalt();

  constructor(options: SieveOptions) {
    this.#options = options;
  }

  /** True where nothing more is kept until the next `take`. */
  get isFull(): boolean {
    return this.#keptChars >= KEPT_MAX_CHARS;
  }

  push(item: Item): void {
    if (this.isFull) return;
    this.#kept.set(item.seq, item);
    this.#keptChars += item.json.length;
    this.#unread.push(item.seq);
    if (this.#unread.length < SIFT_AT && this.#keptChars < KEPT_MAX_CHARS) return;
    const { limit } = this.#options;
    if (this.#kept.size <= limit) return;
    this.#sift();
    this.#cut(limit);
  }

  /** From now on the item waits in another form; nothing where it does not wait. */
  replace(seq: number, rewrite: (json: string) => string): void {
    const item = this.#kept.get(seq);
    if (!item) return;
    const json = rewrite(item.json);
    this.#kept.set(seq, { seq, json });
    this.#keptChars += json.length - item.json.length;
  }

  /** What is given of all that waits, where `count` may be given to everybody; then nothing waits any more. */
  take(count: number): Selection {
    if (this.#kept.size > count) {
      this.#sift();
      this.#cut(Math.max(0, count - this.#forAll));
      this.#remember();
    } else {
      this.#extra.clear();
    }
    const selection = { items: this.#common(), extras: this.#extras() };
    this.clear();
    return selection;
  }

  clear(): void {
    this.#kept.clear();
    this.#keptChars = 0;
    this.#unread = [];
    this.#forAll = 0;
    this.#ordinary = [];
    this.#rounds.clear();
    this.#heard = [];
    this.#extra.clear();
    this.#salt = newSalt();
  }

  /** Looks into what nobody has looked into. */
  #sift(): void {
    const { audience, isHeard } = this.#options;
    for (const seq of this.#unread) {
      const item = this.#kept.get(seq);
      if (!item) continue;
      const { sender, isForAll, keys } = audience(item);
      if (isForAll) {
        this.#forAll++;
        continue;
      }
      const heard = keys.filter(isHeard);
      if (heard.length > 0) this.#heard.push({ seq, keys: heard });
      const round = this.#rounds.get(sender) ?? 0;
      this.#rounds.set(sender, round + 1);
      const rank = round + (this.#lately.get(sender) ?? 0);
      const lot = lotOf(sender, this.#salt);
      this.#ordinary.push({ seq, sender, rank, round, lot, isHeard: heard.length > 0 });
    }
    this.#unread = [];
  }

  /** Leaves `count` of the ordinary ones, and those that somebody listens for. */
  #cut(count: number): void {
    if (this.#ordinary.length <= count) return;
    this.#ordinary.sort((a, b) => a.rank - b.rank || a.lot - b.lot || a.seq - b.seq);
    for (const { seq, sender, round, isHeard } of this.#ordinary.splice(count)) {
      // The later ones of a sender go first, so what is left of it are its first ones.
      this.#rounds.set(sender, Math.min(round, this.#rounds.get(sender) ?? 0));
      if (round === 0) this.#rounds.delete(sender);
      if (isHeard) this.#extra.add(seq);
      else this.#drop(seq);
    }
  }

  /** Who was given something comes after those who were not, for some seconds. */
  #remember(): void {
    const now = performance.now();
    if (now - this.#forgotAt > HALF_LIFE_MS) {
      this.#forgotAt = now;
      for (const [sender, items] of this.#lately) {
        if (items < 1) this.#lately.delete(sender);
        else this.#lately.set(sender, items / 2);
      }
    }
    for (const { sender } of this.#ordinary) {
      this.#lately.set(sender, (this.#lately.get(sender) ?? 0) + 1);
    }
  }

  #drop(seq: number): void {
    this.#keptChars -= this.#kept.get(seq)?.json.length ?? 0;
    this.#kept.delete(seq);
  }

  #common(): Item[] {
    const all = [...this.#kept.values()];
    return this.#extra.size === 0 ? all : all.filter(({ seq }) => !this.#extra.has(seq));
  }

  #extras(): Map<string, Item[]> | null {
    if (this.#extra.size === 0) return null;
    const extras = new Map<string, Item[]>();
    for (const { seq, keys } of this.#heard) {
      const item = this.#extra.has(seq) && this.#kept.get(seq);
      if (!item) continue;
      for (const key of keys) {
        const items = extras.get(key);
        if (items) items.push(item);
        else extras.set(key, [item]);
      }
    }
    return extras;
  }
}

function newSalt(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

/** A sender's place in a window's random order: without memory the same for all that it says, and another one in the next window. */
function lotOf(sender: string, salt: number): number {
  let hash = salt;
  for (let i = 0; i < sender.length; i++) {
    hash = Math.imul(hash ^ sender.charCodeAt(i), 0x01000193);
  }
  // FNV-1a, and the last steps of MurmurHash3: without them similar names would stay neighbours.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
