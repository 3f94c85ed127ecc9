/** Counts by event and outcome, for what happens too often for a counter with labels: that hashes them each time. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  add(event: string, outcome: string): void {
    let counts = this.#counts.get(event);
    if (!counts) this.#counts.set(event, (counts = new Map<string, number>()));
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  *counts(): Generator<[event: string, outcome: string, count: number]> {
    for (const [event, counts] of this.#counts) {
      for (const [outcome, count] of counts) yield [event, outcome, count];
    }
  }
}
