import type { Stall } from '../ending';

const LOOK_MS = 50;
/** Later than this, and messages are seen late for want of a core here, not there. */
const LATE_MS = 200;

/** Notes when this process itself could not run. */
export class StallWatch {
  readonly stalls: Stall[] = [];
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(now: () => number) {
    let last = now();
    this.timer = setInterval(() => {
      const at = now();
      if (at - last > LOOK_MS + LATE_MS) this.stalls.push({ from: last, to: at });
      last = at;
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
