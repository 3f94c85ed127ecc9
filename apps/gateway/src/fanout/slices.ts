/** Who has held the event loop this long goes on in the next turn. */
const SLICE_MS = 10;
/** Reading the clock for each peer would cost more than some writes. */
const VISITS_PER_CLOCK = 32;

/**
 * Visits all of them in order, over several turns of the event loop where they are many. `done` gets the time that it took on the
 * event loop; for a few, it is called before this returns.
 */
export function visitInSlices<T>(
  all: readonly T[],
  visit: (one: T) => void,
  done: (costMs: number) => void,
): void {
  let next = 0;
  let costMs = 0;
  const slice = () => {
    const startedAt = performance.now();
    while (next < all.length) {
      visit(all[next++] as T);
      if (next % VISITS_PER_CLOCK === 0 && performance.now() - startedAt > SLICE_MS) {
        costMs += performance.now() - startedAt;
        setImmediate(slice);
        return;
      }
    }
    done(costMs + performance.now() - startedAt);
  };
  slice();
}
