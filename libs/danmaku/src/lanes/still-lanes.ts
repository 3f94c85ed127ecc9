import type { Bullet } from './bullet';

export type Side = 'top' | 'bottom' | 'any';

/**
 * The lanes of comments that stand still, one in a lane at a time. Those at the top take lanes from the top,
 * those at the bottom from the bottom, and neither more than half of them, so that they never meet in the
 * middle; `any` may take all.
 */
export class StillLanes {
  private holders: (Bullet | null)[] = [];

  reset(lanes: number): void {
    this.holders = new Array<Bullet | null>(lanes).fill(null);
  }

  find(side: Side, span: number): number | null {
    const count = this.holders.length;
    const half = Math.max(span, Math.ceil(count / 2));
    if (span > count) return null;
    if (side === 'bottom') {
      for (let lane = count - span; lane >= count - half; lane -= 1) {
        if (this.isFree(lane, span)) return lane;
      }
      return null;
    }
    const end = side === 'any' ? count : half;
    for (let lane = 0; lane + span <= end; lane += 1) {
      if (this.isFree(lane, span)) return lane;
    }
    return null;
  }

  /** How many lanes are taken. */
  get taken(): number {
    return this.holders.reduce((sum, holder) => sum + (holder === null ? 0 : 1), 0);
  }

  isFree(lane: number, span: number): boolean {
    for (let i = lane; i < lane + span; i += 1) {
      if (this.holders[i] !== null) return false;
    }
    return true;
  }

  occupy(lane: number, bullet: Bullet): void {
    this.holders.fill(bullet, lane, lane + bullet.span);
  }

  vacate(bullet: Bullet): void {
    for (let i = 0; i < this.holders.length; i += 1) {
      if (this.holders[i] === bullet) this.holders[i] = null;
    }
  }

  /** The one below class 0 that has stood longest in `mode`'s lanes, for an own comment to take its place. */
  oldestBelowOwn(mode: Bullet['mode'], span: number): Bullet | null {
    let oldest: Bullet | null = null;
    for (const holder of this.holders) {
      if (holder === null || holder.rank === 0 || holder.mode !== mode || holder.span < span)
        continue;
      if (oldest === null || holder.startTravel < oldest.startTravel) oldest = holder;
    }
    return oldest;
  }
}
