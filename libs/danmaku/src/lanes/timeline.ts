import type { DanmakuComment } from '../comment';
import type { Screen } from './screen';

/** A step of the media's clock larger than this is a seek, not drift. */
const JUMP_MS = 1000;
const STEP_MS = 100;

/** Comments sorted by the media's clock, released onto a screen as it passes them. */
export class Timeline {
  private comments: DanmakuComment[] = [];
  private times = new Float64Array(0);
  private next = 0;
  private positionMs = 0;
  private rate = 1;
  private running = false;
  private jumped = false;

  /** Replaces the comments; those up to the present position count as released. */
  load(comments: readonly DanmakuComment[]): void {
    this.comments = [...comments].sort((a, b) => timeMs(a) - timeMs(b));
    this.times = Float64Array.from(this.comments, timeMs);
    this.next = this.firstAfter(this.positionMs);
    this.jumped = true;
  }

  remove(ids: ReadonlySet<string>): void {
    if (!this.comments.some(({ id }) => id !== undefined && ids.has(id))) return;
    this.comments = this.comments.filter(({ id }) => id === undefined || !ids.has(id));
    this.times = Float64Array.from(this.comments, timeMs);
    this.next = this.firstAfter(this.positionMs);
  }

  /** Goes to a position even where it is near. */
  seek(positionMs: number): void {
    this.positionMs = positionMs;
    this.jumped = true;
    this.running = true;
  }

  /** Takes over the media's clock: drift is mended in silence, a jump is a seek. */
  follow(clock: { positionMs: number; rate: number; running: boolean }): void {
    if (Math.abs(clock.positionMs - this.positionMs) > JUMP_MS) this.jumped = true;
    this.positionMs = clock.positionMs;
    this.rate = clock.rate;
    this.running = clock.running;
  }

  /** The media is gone: its clock stands, and live comments go on where none is timed. */
  unfollow(): void {
    this.rate = 1;
    this.running = false;
  }

  /** Factor from passing time to the media's time. Without a timeline, live comments move on by themselves. */
  get pace(): number {
    if (this.running) return this.rate;
    return this.comments.length === 0 ? 1 : 0;
  }

  /**
   * Lets `ms` of time pass: adds what became due and moves the screen on. After a jump the screen is rebuilt as
   * if it had been watched up to there, so that it is not empty for the length of a crossing.
   */
  advance(ms: number, screen: Screen): void {
    const passed = ms * this.pace;
    if (this.comments.length === 0) {
      if (this.running) this.positionMs += passed;
      this.jumped = false;
      screen.advance(passed);
      return;
    }
    this.positionMs += passed;
    if (this.jumped || passed > JUMP_MS) {
      this.rebuild(screen);
      return;
    }
    for (; this.isDue(this.positionMs); this.next += 1) this.release(screen);
    screen.advance(passed);
  }

  /** Lets `ms` of time pass unseen; the next `advance` rebuilds the screen. */
  skip(ms: number): void {
    this.positionMs += ms * this.pace;
    this.jumped = true;
  }

  /** Milliseconds of time until the next comment is due; Infinity when none will be. */
  quietMs(): number {
    const next = this.times[this.next];
    if (this.jumped && this.comments.length > 0) return 0;
    if (!this.running || next === undefined || this.rate <= 0) return Infinity;
    return Math.max(0, (next - this.positionMs) / this.rate);
  }

  private rebuild(screen: Screen): void {
    this.jumped = false;
    screen.clear();
    let watchedMs = this.positionMs - screen.crossingMs;
    this.next = this.firstAfter(watchedMs);
    while (this.isDue(this.positionMs)) {
      const due = this.times[this.next] ?? watchedMs;
      watch(screen, due - watchedMs);
      watchedMs = due;
      this.release(screen);
      this.next += 1;
    }
    watch(screen, this.positionMs - watchedMs);
  }

  private isDue(positionMs: number): boolean {
    return (this.times[this.next] ?? Infinity) <= positionMs;
  }

  private release(screen: Screen): void {
    const comment = this.comments[this.next];
    if (comment !== undefined) screen.add(comment);
  }

  private firstAfter(positionMs: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? Infinity) <= positionMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Lets time pass in steps, so that what waits finds its lane when one clears and not only at the end. */
function watch(screen: Screen, ms: number): void {
  if (ms > 0) screen.advance(0);
  for (let left = ms; left > 0; left -= STEP_MS) screen.advance(Math.min(left, STEP_MS));
}

function timeMs(comment: DanmakuComment): number {
  const { time } = comment;
  return time !== undefined && Number.isFinite(time) ? time * 1000 : 0;
}
