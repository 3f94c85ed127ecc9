/** Entries whose fields are in memory. */
const LOADED_MAX = 500;
/** Entries that are known here at all. Those that wait behind a failed one are known by their ids alone. */
const KNOWN_MAX = 100_000;

/** An entry that was read and is not settled. */
export interface Waiting {
  readonly id: string;
  /** Null while it waits for its next attempt: it is read again then. */
  pairs: string[] | null;
  attempts: number;
  /** `performance.now()` of its first failure here. */
  failingSince: number | null;
}

export interface LaneWork {
  /** Resolves with 0 when the entry is settled, else with the time in ms after which it is to be tried again. Never throws. */
  attempt(entry: Waiting): Promise<number>;
  /** Resolves after the time, or as soon as nothing is to be done any more. */
  pause(ms: number): Promise<void>;
  /** Nothing is begun any more. */
  isOver(): boolean;
}

/**
 * Entries on their way, in a lane for each target: one after the other in a lane, lanes side by side. One that fails holds up its
 * own lane and no other, for what waits behind it takes no place that others need.
 */
export class IngressLanes {
  readonly #lanes = new Map<string, Waiting[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #asleep = new Set<string>();
  #loaded = 0;
  #known = 0;
  #wake: () => void = () => undefined;

  constructor(private readonly work: LaneWork) {}

  /** How many more may be added. */
  get free(): number {
    return Math.max(0, Math.min(LOADED_MAX - this.#loaded, KNOWN_MAX - this.#known));
  }

  /** Resolves when one has been settled or put to sleep since the call. */
  settled(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  add(key: string, entry: Waiting): void {
    this.#known++;
    const lane = this.#lanes.get(key);
    if (entry.pairs) this.#loaded++;
    if (lane) {
      lane.push(entry);
      if (this.#asleep.has(key)) this.#unload(entry);
      return;
    }
    const waiting = [entry];
    this.#lanes.set(key, waiting);
    const running = this.#run(key, waiting).finally(() => {
      this.#running.delete(running);
      this.#wake();
    });
    this.#running.add(running);
  }

  /** Resolves when nothing is under way. */
  async finished(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(key: string, lane: Waiting[]): Promise<void> {
    let entry: Waiting | undefined;
    while ((entry = lane[0]) && !this.work.isOver()) {
      if (!entry.pairs) this.#loaded++;
      const againMs = await this.work.attempt(entry);
      if (againMs === 0) {
        lane.shift();
        this.#known--;
        this.#loaded--;
        this.#wake();
        continue;
      }
      this.#loaded--;
      entry.pairs = null;
      this.#asleep.add(key);
      for (const behind of lane) this.#unload(behind);
      this.#wake();
      await this.work.pause(againMs);
      this.#asleep.delete(key);
    }
    this.#lanes.delete(key);
  }

  #unload(entry: Waiting): void {
    if (!entry.pairs) return;
    entry.pairs = null;
    this.#loaded--;
  }
}
