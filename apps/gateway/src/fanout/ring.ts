/** One item of an ordered topic: its place, and its JSON as it is given out. */
export interface Item {
  readonly seq: number;
  readonly json: string;
}

/** The last items of an ordered topic, without a gap. Bounded by count. */
export class Ring {
  readonly #slots: (Item | undefined)[];
  #first = 1;
  #last = 0;

  constructor(readonly capacity: number) {
    this.#slots = new Array<Item | undefined>(capacity);
  }

  /** The sequence of the oldest item that is held; `last + 1` when none is. */
  get first(): number {
    return this.#first;
  }

  /** The sequence of the newest item; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Forgets everything; the next item is the one after `head`. */
  reset(head: number): void {
    this.#slots.fill(undefined);
    this.#first = head + 1;
    this.#last = head;
  }

  /** @throws {RangeError} when `item` is not the next one: a ring with a hole would lose entries in silence. */
  push(item: Item): void {
    if (item.seq !== this.#last + 1) {
      throw new RangeError(`ring: ${String(item.seq)} does not follow ${String(this.#last)}`);
    }
    this.#slots[item.seq % this.capacity] = item;
    this.#last = item.seq;
    this.#first = Math.max(this.#first, item.seq - this.capacity + 1);
  }

  get(seq: number): Item | undefined {
    return seq >= this.#first && seq <= this.#last ? this.#slots[seq % this.capacity] : undefined;
  }

  /** Puts another form in an item's place; nothing where it is not held. */
  replace(seq: number, rewrite: (json: string) => string): void {
    const item = this.get(seq);
    if (item) this.#slots[seq % this.capacity] = { seq, json: rewrite(item.json) };
  }

  /** True where every item after `seq` is held. */
  covers(seq: number): boolean {
    return seq + 1 >= this.#first && seq <= this.#last;
  }

  /** The items `from…to`, as far as they are held. */
  slice(from: number, to: number): Item[] {
    const items: Item[] = [];
    const end = Math.min(to, this.#last);
    for (let seq = Math.max(from, this.#first); seq <= end; seq++) {
      const item = this.#slots[seq % this.capacity];
      if (item) items.push(item);
    }
    return items;
  }
}
