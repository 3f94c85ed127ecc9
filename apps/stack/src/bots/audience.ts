/** Counts of other gateways arrive up to a second late, and pulses come once a second. */
const SETTLE_MS = 3000;
/** A tab that was left open all night shall not fill the disk. */
const TIRED_AFTER_MS = 20 * 60 * 1000;
const TIRED_SHARE = 0.05;

/** Whether somebody besides the bots is in the room: `viewers` counts them all. */
export class Audience {
  private others = 0;
  private movedAt = -Infinity;
  private changedAt = -Infinity;

  /** A bot came or went: for a moment the two counts do not belong together. */
  botsMoved(now: number): void {
    this.movedAt = now;
  }

  counted({ viewers, bots }: { viewers: number; bots: number }, now: number): void {
    if (now - this.movedAt < SETTLE_MS) return;
    const others = Math.max(0, viewers - bots);
    if (others !== this.others) this.changedAt = now;
    this.others = others;
  }

  /** How much of their usual rate the bots talk at: 0 while they are among themselves. */
  share(now: number): number {
    if (this.others === 0) return 0;
    return now - this.changedAt > TIRED_AFTER_MS ? TIRED_SHARE : 1;
  }
}
