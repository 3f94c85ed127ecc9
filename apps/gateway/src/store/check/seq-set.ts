const WORDS = 256;
const SEQS = WORDS * 32;

/** A set of sequences at one bit each, in blocks: a room of fifty million entries takes 6 MiB at most. */
export class SeqSet {
  readonly #blocks = new Map<number, Uint32Array>();

  add(seq: number): void {
    const index = Math.floor(seq / SEQS);
    let block = this.#blocks.get(index);
    if (!block) {
      block = new Uint32Array(WORDS);
      this.#blocks.set(index, block);
    }
    const bit = seq - index * SEQS;
    block[bit >> 5] = (block[bit >> 5] ?? 0) | (1 << (bit & 31));
  }

  has(seq: number): boolean {
    const index = Math.floor(seq / SEQS);
    const bit = seq - index * SEQS;
    return (((this.#blocks.get(index)?.[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  /** What is in here; blocks in the order in which they were begun, ascending within each. */
  *[Symbol.iterator](): Generator<number> {
    for (const [index, block] of this.#blocks) {
      for (let bit = 0; bit < SEQS; bit++) {
        if ((((block[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1) yield index * SEQS + bit;
      }
    }
  }
}
