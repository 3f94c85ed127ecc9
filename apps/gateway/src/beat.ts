/** How long until the next multiple of `everyMs` on this process's clock, but for one that is nearer than half of `everyMs`. */
export function untilBeat(everyMs: number): number {
  const leftMs = Math.ceil(everyMs - (performance.now() % everyMs));
  // A timer may fire a moment early: the beat that it stands for is not the next one.
  return leftMs < everyMs / 2 ? leftMs + everyMs : leftMs;
}

/**
 * Calls `tick` at the multiples of `everyMs` on this process's clock, so that an idle gateway wakes up once for all that is due, and
 * not for each. Returns what ends it.
 */
export function onBeat(everyMs: number, tick: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = () => {
    timer = setTimeout(() => {
      arm();
      tick();
    }, untilBeat(everyMs));
  };
  arm();
  return () => {
    clearTimeout(timer);
  };
}
