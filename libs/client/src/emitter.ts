type Listener<Args extends unknown[]> = (...args: Args) => void;

/** Typed events. A listener that throws stops neither the others nor the one who emits: it is reported. */
export class Emitter<Events extends { [E in keyof Events]: unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #report: (error: Error) => void;

  constructor(report: (error: Error) => void) {
    this.#report = report;
  }

  /** @returns what takes the listener off again. A listener given twice is called twice. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const own: Listener<Events[E]> = (...args) => {
      listener(...args);
    };
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(own));
    return () => {
      listeners.delete(own);
    };
  }

  /** False where nobody listens. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): boolean {
    const listeners = this.#listeners.get(event) as Set<Listener<Events[E]>> | undefined;
    if (!listeners?.size) return false;
    for (const listener of [...listeners]) {
      try {
        listener(...args);
      } catch (error) {
        this.#report(toError(error));
      }
    }
    return true;
  }
}

export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
