import { Frame } from './frame';
import type { Item } from './ring';
import type { Selection } from './sieve';

/** The text of a frame with the items of `from…to`, `omitted` of which are left out. */
export type EncodeRange = (range: {
  from: number;
  to: number;
  items: readonly Item[];
  omitted: number;
}) => string;

/** A frame, and what it has and leaves out. */
export interface Given {
  readonly frame: Frame;
  readonly items: number;
  readonly omitted: number;
}

export interface RangeFramesOptions {
  readonly from: number;
  readonly to: number;
  readonly selection: Selection;
  readonly encode: EncodeRange;
  /** Makes the frame for everybody, if somebody is given that. */
  readonly commonFrame: (text: string) => Frame;
}

/** The frames of one range of the sequence: one for everybody, and one for each set of keys with more. Each is encoded once. */
export class RangeFrames {
  #common: Given | undefined;
  readonly #special = new Map<string, Given>();

  constructor(private readonly options: RangeFramesOptions) {}

  /** What is given to a peer that listens for `keys`; null for none. */
  for(keys: readonly string[] | null): Given {
    const { items, extras } = this.options.selection;
    if (extras && keys) {
      const found = keys.filter((key) => extras.has(key));
      if (found.length > 0) return this.#specialFor(found);
    }
    return (this.#common ??= this.#make(items, this.options.commonFrame));
  }

  /** The frames of the range's part after `seq`. */
  after(seq: number): RangeFrames {
    const { selection } = this.options;
    const isAfter = (item: Item) => item.seq > seq;
    const extras = [...(selection.extras ?? [])]
      .map(([key, items]) => [key, items.filter(isAfter)] as const)
      .filter(([, items]) => items.length > 0);
    return new RangeFrames({
      ...this.options,
      from: seq + 1,
      selection: { items: selection.items.filter(isAfter), extras: new Map(extras) },
      commonFrame: frameOfItsOwn,
    });
  }

  #specialFor(keys: readonly string[]): Given {
    const id = keys.join('\n');
    let given = this.#special.get(id);
    if (!given) {
      const { items, extras } = this.options.selection;
      // One that is found by two keys is given once.
      const more = new Set(keys.flatMap((key) => extras?.get(key) ?? []));
      given = this.#make(
        [...items, ...more].sort((a, b) => a.seq - b.seq),
        frameOfItsOwn,
      );
      this.#special.set(id, given);
    }
    return given;
  }

  #make(items: readonly Item[], toFrame: (text: string) => Frame): Given {
    const { from, to, encode } = this.options;
    const omitted = to - from + 1 - items.length;
    const frame = toFrame(encode({ from, to, items, omitted }));
    return { frame, items: items.length, omitted };
  }
}

function frameOfItsOwn(text: string): Frame {
  return new Frame(text);
}
