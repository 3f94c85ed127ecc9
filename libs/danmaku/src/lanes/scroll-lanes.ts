export interface ScrollRequest {
  /** The moment of travel at which the comment's head is at the right edge. */
  at: number;
  /** Pixels that the lane keeps free for it. */
  width: number;
  span: number;
  /** Pixels per millisecond that it would like, and the least it may be slowed down to. */
  speed: number;
  slowest: number;
  gap: number;
}

export interface ScrollPlace {
  lane: number;
  speed: number;
}

// A lane that has only just cleared allows exactly the speed of the one ahead, up to rounding.
const ROUNDING = 1e-6;

/**
 * The lanes of moving comments. Two numbers a lane are enough: when its last tail is clear of the right edge,
 * and when its last tail has left at the left edge. Moves are linear, so a comment that starts behind a clear
 * tail and reaches the left edge after it never touches it in between. Finding a lane is O(lanes).
 */
export class ScrollLanes {
  private startAt = new Float64Array(0);
  private clearAt = new Float64Array(0);
  private emptyAt = new Float64Array(0);
  private width = 0;

  reset(lanes: number, width: number): void {
    this.startAt = new Float64Array(lanes).fill(-Infinity);
    this.clearAt = new Float64Array(lanes).fill(-Infinity);
    this.emptyAt = new Float64Array(lanes).fill(-Infinity);
    this.width = width;
  }

  get count(): number {
    return this.clearAt.length;
  }

  /**
   * The first lane that takes the comment at its own speed; else the one that slows it down least; else none.
   * `shunned(lane)` lanes are taken only where no other would do; `reserved` ones never.
   */
  find(
    request: ScrollRequest,
    shunned: (lane: number) => boolean,
    reserved: ReadonlySet<number>,
  ): ScrollPlace | null {
    let best: ScrollPlace | null = null;
    let bestShunned: ScrollPlace | null = null;
    for (let lane = 0; lane + request.span <= this.count; lane += 1) {
      const speed = this.speedIn(lane, request, reserved);
      if (speed === 0) continue;
      if (shunned(lane)) {
        if (bestShunned === null || speed > bestShunned.speed) bestShunned = { lane, speed };
      } else if (best === null || speed > best.speed) {
        best = { lane, speed };
        if (speed === request.speed) break;
      }
    }
    return best ?? bestShunned;
  }

  /** The speed at which `lane` takes the comment, 0 when it does not. */
  speedIn(lane: number, request: ScrollRequest, reserved: ReadonlySet<number>): number {
    let empty = -Infinity;
    for (let i = lane; i < lane + request.span; i += 1) {
      if (reserved.has(i) || this.clear(i) > request.at) return 0;
      empty = Math.max(empty, this.emptyAt[i] ?? Infinity);
    }
    if (empty <= request.at) return request.speed;
    const most = (this.width - request.gap) / (empty - request.at);
    if (most >= request.speed) return request.speed;
    return most >= request.slowest * (1 - ROUNDING) ? most : 0;
  }

  /** For comments that may cover each other: the lane soonest clear of those whose last tail is half way in. */
  findCovering(request: ScrollRequest): ScrollPlace | null {
    let best: ScrollPlace | null = null;
    let bestClear = Infinity;
    for (let lane = 0; lane + request.span <= this.count; lane += 1) {
      let clear = -Infinity;
      let halfClear = -Infinity;
      for (let i = lane; i < lane + request.span; i += 1) {
        clear = Math.max(clear, this.clear(i));
        halfClear = Math.max(halfClear, (this.clear(i) + (this.startAt[i] ?? 0)) / 2);
      }
      if (halfClear <= request.at && clear < bestClear) {
        best = { lane, speed: request.speed };
        bestClear = clear;
      }
    }
    return best;
  }

  /** The first of the `span` lanes that will be clear soonest. */
  soonestClear(span: number): number {
    let best = 0;
    let bestClear = Infinity;
    for (let lane = 0; lane + span <= this.count; lane += 1) {
      let clear = -Infinity;
      for (let i = lane; i < lane + span; i += 1) clear = Math.max(clear, this.clear(i));
      if (clear < bestClear) [best, bestClear] = [lane, clear];
    }
    return best;
  }

  /** False means that no comment can be placed at `at`, so that nothing needs measuring. */
  anyClear(at: number, covering: boolean): boolean {
    return this.clearAt.some(
      (clear, lane) => (covering ? (clear + (this.startAt[lane] ?? 0)) / 2 : clear) <= at,
    );
  }

  occupy(place: ScrollPlace, request: ScrollRequest): void {
    const clear = request.at + (request.width + request.gap) / place.speed;
    const empty = request.at + (this.width + request.width) / place.speed;
    for (let i = place.lane; i < place.lane + request.span; i += 1) {
      this.startAt[i] = request.at;
      this.clearAt[i] = Math.max(this.clear(i), clear);
      this.emptyAt[i] = Math.max(this.emptyAt[i] ?? -Infinity, empty);
    }
  }

  private clear(lane: number): number {
    return this.clearAt[lane] ?? Infinity;
  }
}
