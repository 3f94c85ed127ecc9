import { waitedForCoreMs } from '../../testing/processes';
import type { Stall } from '../ending';

const LOOK_MS = 50;
/** Later than this, and messages are seen late for want of a core here, not there. */
const LATE_MS = 200;

/** Notes when this process itself could not run, and when others could not. */
export class StallWatch {
  readonly stalls: Stall[] = [];
  readonly waits: Stall[] = [];
  private readonly timer: ReturnType<typeof setInterval>;
  private waited = new Map<number, number>();

  /** @param others processes of the moment, whose work is done by their first thread. */
  constructor(
    private readonly now: () => number,
    private readonly others: () => readonly number[],
  ) {
    let last = now();
    this.timer = setInterval(() => {
      const at = now();
      if (at - last > LOOK_MS + LATE_MS) this.stalls.push({ from: last, to: at });
      last = at;
      this.lookAtOthers();
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The system tells of a wait when it is over. */
  private lookAtOthers(): void {
    const waited = new Map<number, number>();
    for (const pid of this.others()) {
      const ms = waitedOf(pid);
      if (ms === null) continue;
      waited.set(pid, ms);
      const more = ms - (this.waited.get(pid) ?? ms);
      const to = this.now();
      if (more > LATE_MS) this.waits.push({ from: to - more - LOOK_MS, to });
    }
    this.waited = waited;
  }
}

/** Null where it has died. */
function waitedOf(pid: number): number | null {
  try {
    return waitedForCoreMs(pid);
  } catch {
    return null;
  }
}
