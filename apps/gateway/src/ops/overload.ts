import { onBeat, untilBeat } from '../beat';
import type { Settings } from '../env';
import { Refusal } from '../refusal';

const BEAT_MS = 500;
/** The event loop has been behind for this long, without a moment in time, before anybody is refused for it. */
const BEHIND_FOR_MS = 2_000;
/** Somebody who is refused comes back after this. */
const RETRY_MS = 2_000;

/** Why nobody new is taken, as the metrics name it. */
type Reason = 'connections_of_gateway' | 'loop_lag';

export interface OverloadOptions {
  settings: Pick<Settings, 'MAX_CONNECTIONS' | 'OVERLOAD_LAG_MS'>;
  /** Connections that are open, through all doors. */
  connections: () => number;
  /** Somebody was refused for this. */
  report: (reason: Reason) => void;
}

/**
 * Whether this gateway can take one more connection: it has as many as it may have, or so much to do that its timers are late all the
 * time. Who is connected stays: they would only come back at once, and a new connection costs more than one that is there.
 */
export class Overload {
  readonly #options: OverloadOptions;
  readonly #endBeat: () => void;
  /** Since when every beat has been late; null where the last one was not. */
  #lateSince: number | null = null;

  constructor(options: OverloadOptions) {
    this.#options = options;
    const { OVERLOAD_LAG_MS: lagMs } = options.settings;
    let dueAt = performance.now() + untilBeat(BEAT_MS);
    this.#endBeat = onBeat(BEAT_MS, () => {
      const now = performance.now();
      const isLate = lagMs > 0 && now - dueAt > lagMs;
      // From when it is seen: one long pause, of a frozen process for one, is over by then.
      this.#lateSince = isLate ? (this.#lateSince ?? now) : null;
      dueAt = now + untilBeat(BEAT_MS);
    });
  }

  /** Why one more would be too many (`unavailable`), which is counted; null where they may come in. */
  refusal(): Refusal | null {
    const reason = this.#reason();
    if (!reason) return null;
    this.#options.report(reason);
    // Not all at one moment, or they would meet again.
    const retryAfterMs = Math.round(RETRY_MS * (1 + Math.random()));
    return new Refusal('unavailable', 'this gateway takes no more connections now', {
      retryAfterMs,
    });
  }

  close(): void {
    this.#endBeat();
  }

  #reason(): Reason | null {
    const { settings, connections } = this.#options;
    const { MAX_CONNECTIONS: max } = settings;
    if (max > 0 && connections() >= max) return 'connections_of_gateway';
    const isBehind =
      this.#lateSince !== null && performance.now() - this.#lateSince >= BEHIND_FOR_MS;
    return isBehind ? 'loop_lag' : null;
  }
}
