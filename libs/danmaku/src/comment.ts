/** How a comment crosses the picture. `rtl` and `ltr` are the names of the `danmaku` package and mean `scroll`. */
export type CommentMode = 'scroll' | 'top' | 'bottom' | 'rtl' | 'ltr';

/**
 * Who wins when the screen is full: own, paid, moderator before mention, member before normal.
 * `own` is also drawn in a box, shown without waiting for `at`, and never given up while it waits.
 */
export type CommentPriority = 'own' | 'paid' | 'moderator' | 'mention' | 'member' | 'normal';

export type CommentSize = 'small' | 'normal' | 'large';

export interface CommentStyle {
  /** Any CSS colour; white without it. The outline follows it, so that every colour stays legible. */
  color?: string;
  /** The canvas engine's name for `color` in the `danmaku` package; `color` wins. */
  fillStyle?: string;
  /** A CSS colour for a pill behind the text, as paid comments have it. */
  background?: string;
  size?: CommentSize;
}

/** Plain data that survives a structured clone. Fields are named as in the `danmaku` package. */
export interface DanmakuComment {
  /** What `remove` and `onPick` name it by. */
  id?: string;
  /** Shown on one line; cut after 100 characters. */
  text: string;
  mode?: CommentMode;
  /** Seconds on the media's clock; read by `setTimeline` only. */
  time?: number;
  /** Wall-clock milliseconds; a live comment is held until the option `clock` has reached it. */
  at?: number;
  style?: CommentStyle;
  priority?: CommentPriority;
  /** Given back by `onPick`, untouched. */
  user?: unknown;
}

/** A comment that was clicked. Coordinates are CSS pixels from the container's top left corner. */
export interface DanmakuPick {
  id: string | undefined;
  text: string;
  user: unknown;
  /** How many equal comments this bullet stands for, and the ids of those that have one. */
  repeats: number;
  ids: string[];
  /** Where the pointer was. */
  x: number;
  y: number;
  /** The bullet's box, frozen there until `release()`. */
  box: { x: number; y: number; width: number; height: number };
}

export interface DanmakuStats {
  /** Frames drawn in the last second; 0 while nothing moves. */
  fps: number;
  onScreen: number;
  waiting: number;
  /** Comments never shown: no room in time, or the waiting line was full. */
  dropped: number;
  /** Comments shown as a bullet of their own, since the start. */
  drawn: number;
  /** Comments shown as one more repeat (×N) of a bullet, since the start. */
  merged: number;
  /** Comments that cover another of their lane at this moment; 0 but in density `overlap`. */
  overlapping: number;
  /** Bytes of rasterised text, at most 32 MiB. */
  cacheBytes: number;
  /** Where it is drawn. */
  thread: 'worker' | 'main';
}
