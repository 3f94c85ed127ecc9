import type { DanmakuComment } from './comment';
import { HeldComments } from './lanes/held-comments';

interface LiveFeedOptions {
  clock: (() => number | null) | undefined;
  send: (comments: DanmakuComment[]) => void;
}

/** Comments of one frame go over as one batch. */
const BATCH_MS = 16;
/** More could not be shown in any case; without a bound a page whose timers stand still would pile them up. */
const MOST_IN_BATCH = 500;
/** How often held comments are compared with the picture's clock. */
const HOLD_TICK_MS = 100;

/** Live comments on their way to the stage: held until the picture has come to them, then sent in batches. */
export class LiveFeed {
  private readonly held = new HeldComments();
  private batch: DanmakuComment[] = [];
  private batchTimer: ReturnType<typeof setTimeout> | undefined;
  private holdTimer: ReturnType<typeof setInterval> | undefined;
  private seen = true;
  private lost = 0;

  constructor(private readonly options: LiveFeedOptions) {}

  /** Comments that were never sent. */
  get dropped(): number {
    return this.lost + this.held.dropped;
  }

  emit(comments: readonly DanmakuComment[]): void {
    this.queue(this.held.add(comments, this.pictureTime(), performance.now()));
    this.keepTimer();
  }

  /** While nobody sees the picture nothing is sent; what is held for later still is. */
  setSeen(seen: boolean): void {
    this.seen = seen;
    this.keepTimer();
  }

  remove(ids: ReadonlySet<string>): void {
    this.held.remove(ids);
    this.batch = this.batch.filter(({ id }) => id === undefined || !ids.has(id));
  }

  clear(): void {
    this.held.clear();
    this.batch = [];
    clearTimeout(this.batchTimer);
    this.batchTimer = undefined;
    this.keepTimer();
  }

  private queue(comments: readonly DanmakuComment[]): void {
    if (!this.seen) {
      this.lost += comments.length;
      return;
    }
    if (comments.length === 0) return;
    this.batch.push(...comments.slice(-MOST_IN_BATCH));
    const excess = Math.max(0, this.batch.length - MOST_IN_BATCH);
    this.batch.splice(0, excess);
    this.lost += excess + Math.max(0, comments.length - MOST_IN_BATCH);
    this.batchTimer ??= setTimeout(this.flush, BATCH_MS);
  }

  private readonly flush = (): void => {
    this.batchTimer = undefined;
    const comments = this.batch;
    this.batch = [];
    if (comments.length > 0) this.options.send(comments);
  };

  private readonly releaseDue = (): void => {
    this.queue(this.held.due(this.pictureTime(), performance.now()));
    this.keepTimer();
  };

  private keepTimer(): void {
    const needed = this.seen && this.held.length > 0;
    if (needed) this.holdTimer ??= setInterval(this.releaseDue, HOLD_TICK_MS);
    else {
      clearInterval(this.holdTimer);
      this.holdTimer = undefined;
    }
  }

  /** hls.js and others give NaN or an invalid date before the first fragment: unknown, too. */
  private pictureTime(): number | null {
    const time = this.options.clock?.() ?? null;
    return time !== null && Number.isFinite(time) ? time : null;
  }
}
