/** How long until the next multiple of `everyMs` on this process's clock, but for one that is nearer than half of `everyMs`. */
export function untilBeat(everyMs: number): number {
  const leftMs = Math.ceil(everyMs - (performance.now() % everyMs));
  // A timer may fire a moment early: the beat that it stands for is not the next one.
  return leftMs < everyMs / 2 ? leftMs + everyMs : leftMs;
}

interface Beat {
  readonly everyMs: number;
  readonly tick: () => void;
  /** `performance.now()`. */
  dueAt: number;
}

const beats = new Set<Beat>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls `tick` at the multiples of `everyMs` on this process's clock. All beats have one timer, so that an idle gateway wakes up once for
 * all that is due, and what they write to one connection is one write. Returns what ends it.
 */
export function onBeat(everyMs: number, tick: () => void): () => void {
  const beat = { everyMs, tick, dueAt: performance.now() + untilBeat(everyMs) };
  beats.add(beat);
  arm();
  return () => {
    beats.delete(beat);
    if (beats.size === 0) clearTimeout(timer);
  };
}

/** Resolves with the next of such beats, and when the signal aborts. */
export function nextBeat(everyMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = onBeat(everyMs, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
    function done() {
      end();
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

function arm(): void {
  clearTimeout(timer);
  const dueAt = Math.min(...[...beats].map((beat) => beat.dueAt));
  timer = setTimeout(tickDue, dueAt - performance.now());
}

function tickDue(): void {
  // A timer may fire a moment early.
  const now = performance.now() + 1;
  const due = [...beats].filter(({ dueAt }) => dueAt <= now);
  for (const beat of due) beat.dueAt = performance.now() + untilBeat(beat.everyMs);
  arm();
  for (const beat of due) if (beats.has(beat)) beat.tick();
}
