import { monitorEventLoopDelay, performance, type IntervalHistogram } from 'node:perf_hooks';
import { onBeat, untilBeat } from '../beat';

const GRAIN_MS = 10;
const BEAT_MS = 500;
/** The event loop is not held up for longer than it has worked in all: so a stall of up to this may pass unseen, and none that matters. */
const WORTH_WATCHING_MS = 40;

/**
 * The longest time for which the event loop was held up. The timer that measures it would be what an idle gateway does most (100
 * wake-ups a second, 4.5 ms of processor time), so it runs only while there is work: of a stall that comes out of a quiet time only
 * what is left when the beat is due is seen.
 */
export class LoopStalls {
  readonly #endBeat: () => void;
  #delays: IntervalHistogram | null = null;
  #worked = performance.eventLoopUtilization();
  #longestMs = 0;

  constructor() {
    let dueAt = performance.now() + untilBeat(BEAT_MS);
    this.#endBeat = onBeat(BEAT_MS, () => {
      const now = performance.now();
      this.#note(now - dueAt);
      dueAt = now + untilBeat(BEAT_MS);
      this.#watchWhileBusy();
    });
  }

  /** In ms; then it begins anew. */
  takeLongest(): number {
    this.#noteDelays();
    this.#delays?.reset();
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  close(): void {
    this.#endBeat();
    this.#delays?.disable();
  }

  #watchWhileBusy(): void {
    const worked = performance.eventLoopUtilization();
    const { active } = performance.eventLoopUtilization(worked, this.#worked);
    this.#worked = worked;
    if (active >= WORTH_WATCHING_MS) {
      this.#delays ??= watch();
      return;
    }
    this.#noteDelays();
    this.#delays?.disable();
    this.#delays = null;
  }

  #noteDelays(): void {
    // Node counts the time from one tick to the next: the grain is no delay.
    if (this.#delays) this.#note(this.#delays.max / 1e6 - GRAIN_MS);
  }

  #note(stallMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, stallMs);
  }
}

/** A new one each time: one that is enabled again takes the time between for a delay. */
function watch(): IntervalHistogram {
  const delays = monitorEventLoopDelay({ resolution: GRAIN_MS });
  delays.enable();
  return delays;
}
