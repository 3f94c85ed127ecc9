import type { Settings } from './env';

/** Who owes more than this, and so has gone on for long after being told, is to be shut out. */
export const FLOOD_MS = 10_000;

/** Who is shut out has so long to read why; then it is ended, for who goes on sending may never hear of the close. */
export const SHUT_OUT_MS = 1_000;

/** How much one connection may send. Everything is in ms: what one costs, and how far ahead of the rate a burst may be. */
export interface FlowLimits {
  readonly frameMs: number;
  readonly framesAheadMs: number;
  readonly byteMs: number;
  readonly bytesAheadMs: number;
  readonly joinMs: number;
  readonly joinsAheadMs: number;
}

type FlowSettings = Pick<
  Settings,
  'FRAME_RATE' | 'FRAME_BURST' | 'BYTE_RATE' | 'BYTE_BURST' | 'JOIN_RATE' | 'JOIN_BURST'
>;

/** A rate of 0 is no limit: it costs nothing. */
export function flowLimitsOf(settings: FlowSettings): FlowLimits {
  const costMs = (rate: number) => (rate > 0 ? 1_000 / rate : 0);
  const frameMs = costMs(settings.FRAME_RATE);
  const byteMs = costMs(settings.BYTE_RATE);
  const joinMs = costMs(settings.JOIN_RATE);
  return {
    frameMs,
    // Half of one less than the next would need, so that no rounding takes the last of a burst away.
    framesAheadMs: (settings.FRAME_BURST - 0.5) * frameMs,
    byteMs,
    bytesAheadMs: settings.BYTE_BURST * byteMs,
    joinMs,
    joinsAheadMs: (settings.JOIN_BURST - 0.5) * joinMs,
  };
}

/**
 * What one connection has sent lately, as a token bucket that is kept as a time: when all that was taken is paid for at the rate
 * (GCRA, ITU-T I.371). Taking is an addition and a comparison; there is no timer, and nothing is looked up by name.
 */
export class Flow {
  readonly #limits: FlowLimits;
  #framesPaidAt = 0;
  #bytesPaidAt = 0;
  #joinsPaidAt = 0;

  constructor(limits: FlowLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a frame that came at `now` (`performance.now()`). Returns 0 where it may be taken, else the time in ms after which the
   * next one may. What may not be taken counts too: who does not wait owes more and more, until it is more than FLOOD_MS.
   */
  takeFrame(bytes: number, now: number): number {
    const { frameMs, framesAheadMs, byteMs, bytesAheadMs } = this.#limits;
    const frames = Math.max(this.#framesPaidAt, now);
    const all = Math.max(this.#bytesPaidAt, now);
    this.#framesPaidAt = frames + frameMs;
    // A frame that is larger than a burst has been read already: it is taken, and the next ones wait for it.
    this.#bytesPaidAt = all + bytes * byteMs;
    if (frames - now <= framesAheadMs && all - now <= bytesAheadMs) return 0;
    const framesOver = this.#framesPaidAt - framesAheadMs;
    const bytesOver = this.#bytesPaidAt - bytesAheadMs;
    return Math.max(1, Math.ceil(Math.max(framesOver, bytesOver) - now));
  }

  /** As `takeFrame`, for a join; one that may not be taken does not count. */
  takeJoin(now: number): number {
    const { joinMs, joinsAheadMs } = this.#limits;
    const joins = Math.max(this.#joinsPaidAt, now);
    const overMs = joins - now - joinsAheadMs;
    if (overMs > 0) return Math.ceil(overMs);
    this.#joinsPaidAt = joins + joinMs;
    return 0;
  }
}
