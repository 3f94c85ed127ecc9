const FRAME_MS = 16;
/** A frame's timestamp this far from the clock belongs to another time origin. */
const STRANGE_MS = 250;

/**
 * Frames on demand: each one must be asked for. Between them no timer and no animation frame is pending unless
 * `wake` was given a finite time. In both workers and windows.
 */
export class FrameLoop {
  private cancelFrame: (() => void) | null = null;
  private timerId: ReturnType<typeof setTimeout> | null = null;
  private last = performance.now();
  private frames: number[] = [];

  constructor(private readonly onFrame: (elapsedMs: number) => void) {}

  /** To be called for each frame that was drawn and not skipped. */
  countDrawn(): void {
    this.frames.push(performance.now());
    if (this.frames.length > 480) this.frames = this.frames.slice(-240);
  }

  /** Frames drawn in the last second. */
  get fps(): number {
    const since = performance.now() - 1000;
    return this.frames.filter((at) => at > since).length;
  }

  /**
   * Milliseconds passed since the last frame or call. 0 while a frame is pending: that frame will count them, at
   * its own even beat. Taking them here would make the motion judder with each message.
   */
  elapse(): number {
    return this.cancelFrame === null ? this.passedUntil(performance.now()) : 0;
  }

  /** Asks for the next frame: 0 for the very next one, Infinity for none. */
  wake(inMs: number): void {
    if (inMs === 0 && this.cancelFrame !== null) return;
    this.stop();
    if (inMs === 0) this.cancelFrame = requestFrame(this.run);
    else if (inMs !== Infinity) {
      // A timer holds at most 2^31 ms; waking early costs one frame.
      this.timerId = setTimeout(this.wakeNow, Math.min(inMs, 2 ** 31 - 1));
    }
  }

  stop(): void {
    this.cancelFrame?.();
    if (this.timerId !== null) clearTimeout(this.timerId);
    this.cancelFrame = null;
    this.timerId = null;
  }

  private readonly wakeNow = (): void => {
    this.timerId = null;
    this.wake(0);
  };

  private readonly run = (timestamp: number): void => {
    this.cancelFrame = null;
    const now = performance.now();
    const at = Math.abs(timestamp - now) < STRANGE_MS ? timestamp : now;
    this.onFrame(this.passedUntil(at));
  };

  private passedUntil(at: number): number {
    const passed = Math.max(0, at - this.last);
    this.last += passed;
    return passed;
  }
}

/** Returns the function that takes the request back. Some workers have no animation frames. */
function requestFrame(run: (timestamp: number) => void): () => void {
  if (typeof requestAnimationFrame === 'function') {
    const frameId = requestAnimationFrame(run);
    return () => {
      cancelAnimationFrame(frameId);
    };
  }
  const timerId = setTimeout(() => {
    run(performance.now());
  }, FRAME_MS);
  return () => {
    clearTimeout(timerId);
  };
}
