import type { Request } from './request';

interface Place {
  readonly request: Request;
  /** May run beside its like: a `send` need not wait for the commit of the one before it. */
  readonly isConcurrent: boolean;
  readonly start: () => void;
  hasStarted: boolean;
}

/**
 * Requests of one connection, in a lane for each room: started and answered in the order in which they came (P7). Sends of a
 * lane run side by side, so that they share commits; everything else waits for what came before it, and is waited for.
 */
export class Lanes {
  readonly #lanes = new Map<string, Place[]>();
  #size = 0;

  /** `write` gets the text of each reply, in order. */
  constructor(private readonly write: (reply: string) => void) {}

  /** Requests that are not answered yet. */
  get size(): number {
    return this.#size;
  }

  add(lane: string, request: Request, isConcurrent: boolean, start: () => void): void {
    const places = this.#lanes.get(lane);
    const place: Place = { request, isConcurrent, start, hasStarted: false };
    this.#size++;
    if (places) places.push(place);
    else this.#lanes.set(lane, [place]);
    this.#startNext(places ?? [place]);
  }

  /** To be called when a request of the lane has its answer. */
  settle(lane: string): void {
    const places = this.#lanes.get(lane);
    if (!places) return;
    let answer: string | undefined;
    while ((answer = places[0]?.request.answer) !== undefined) {
      places.shift();
      this.#size--;
      this.write(answer);
    }
    if (places.length === 0) this.#lanes.delete(lane);
    else this.#startNext(places);
  }

  #startNext(places: Place[]): void {
    // A start may settle its request at once, which changes the list: begin again after each.
    for (;;) {
      const next = places.findIndex((place) => !place.hasStarted);
      const place = places[next];
      if (!place) return;
      const mayStart = place.isConcurrent
        ? places.slice(0, next).every((earlier) => earlier.isConcurrent)
        : next === 0;
      if (!mayStart) return;
      place.hasStarted = true;
      place.start();
    }
  }
}
