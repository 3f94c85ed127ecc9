interface Waiter<T> {
  readonly promise: Promise<T | null>;
  readonly resolve: (value: T | null) => void;
  readonly reject: (error: unknown) => void;
}

function createWaiter<T>(): Waiter<T> {
  let settle: Pick<Waiter<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T | null>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return {
    promise,
    resolve: (value) => settle?.resolve(value),
    reject: (error) => settle?.reject(error),
  };
}

export interface GatheredOptions<T> {
  /** What there is of `keys`, by key. */
  read: (keys: string[]) => Promise<ReadonlyMap<string, T>>;
  /** Keys of one `read`. */
  most: number;
  /** Keys that wait at most. */
  queue: number;
  /** What the next one is refused with. */
  refuse: () => Error;
}

/** Looks up by one query at a time: whoever asks meanwhile is in the next one, and who asks for the same shares it. */
export class Gathered<T> {
  readonly #options: GatheredOptions<T>;
  readonly #queued = new Map<string, Waiter<T>>();
  #sent: ReadonlyMap<string, Waiter<T>> = new Map();
  #isRunning = false;

  constructor(options: GatheredOptions<T>) {
    this.#options = options;
  }

  /** Null where there is nothing. Rejects with what `read` rejects with. */
  get(key: string): Promise<T | null> {
    const there = this.#sent.get(key) ?? this.#queued.get(key);
    if (there) return there.promise;
    if (this.#queued.size >= this.#options.queue) return Promise.reject(this.#options.refuse());
    const waiter = createWaiter<T>();
    this.#queued.set(key, waiter);
    if (!this.#isRunning) {
      this.#isRunning = true;
      queueMicrotask(() => void this.#run());
    }
    return waiter.promise;
  }

  /** Whoever asks from here on gets an answer that was read from here on. */
  renew(): void {
    this.#sent = new Map();
  }

  async #run(): Promise<void> {
    while (this.#queued.size > 0) {
      const batch = new Map([...this.#queued].slice(0, this.#options.most));
      for (const key of batch.keys()) this.#queued.delete(key);
      this.#sent = batch;
      try {
        const found = await this.#options.read([...batch.keys()]);
        for (const [key, waiter] of batch) waiter.resolve(found.get(key) ?? null);
      } catch (error) {
        // Those who wait would wait as long again, for the same.
        for (const waiter of [...batch.values(), ...this.#queued.values()]) waiter.reject(error);
        this.#queued.clear();
      }
    }
    this.#sent = new Map();
    this.#isRunning = false;
  }
}
