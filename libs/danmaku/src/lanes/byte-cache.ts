interface Entry<V> {
  value: V;
  bytes: number;
  round: number;
}

/**
 * Values bounded by their bytes, the least recently used given up first. What was used in the current round
 * (frame) is never given up: a screen that does not fit would otherwise rasterise everything anew each frame.
 */
export class ByteCache<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private round = 0;
  private used = 0;

  constructor(
    private readonly limitBytes: number,
    private readonly release: (value: V) => void,
  ) {}

  get bytes(): number {
    return this.used;
  }

  nextRound(): void {
    this.round += 1;
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    entry.round = this.round;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** Makes room for `bytes`; false when what is in use leaves none, and then nothing may be added. */
  reserve(bytes: number): boolean {
    if (bytes > this.limitBytes) return false;
    for (const [key, entry] of this.entries) {
      if (this.used + bytes <= this.limitBytes) break;
      if (entry.round === this.round) break;
      this.drop(key, entry);
    }
    return this.used + bytes <= this.limitBytes;
  }

  /** Adds a value for which `reserve` has made room. */
  add(key: string, value: V, bytes: number): void {
    const old = this.entries.get(key);
    if (old !== undefined) this.drop(key, old);
    this.entries.set(key, { value, bytes, round: this.round });
    this.used += bytes;
  }

  clear(): void {
    for (const [key, entry] of this.entries) this.drop(key, entry);
  }

  private drop(key: string, entry: Entry<V>): void {
    this.entries.delete(key);
    this.used -= entry.bytes;
    this.release(entry.value);
  }
}
