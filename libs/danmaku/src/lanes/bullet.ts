import type {
  CommentMode,
  CommentPriority,
  CommentSize,
  CommentStyle,
  DanmakuComment,
} from '../comment';
import { oneLine } from './one-line';

type BulletMode = 'scroll' | 'top' | 'bottom';

/** 0: own, paid, moderator. 1: mention, member. 2: the rest. */
type PriorityClass = 0 | 1 | 2;

/** `travel` moves and leaves at the left edge; `still` stands in its lane for a while. */
export type Motion = 'travel' | 'still';

/**
 * One comment on its way across the screen, or waiting for a lane. Times are in milliseconds on one of the
 * screen's two clocks: `age` stops while paused, `travel` is age times speed.
 */
export interface Bullet {
  readonly key: number;
  readonly text: string;
  readonly mode: BulletMode;
  readonly size: CommentSize;
  readonly style: Readonly<CommentStyle>;
  readonly priority: CommentPriority;
  readonly rank: PriorityClass;
  /** The comments it stands for; the first is the one that is shown. */
  readonly members: DanmakuComment[];
  readonly arrivedAge: number;
  repeatedAge: number;
  /** CSS pixels of what is drawn, and of what its lane keeps free for it (the ×N included); 0 before measuring. */
  width: number;
  laneWidth: number;
  height: number;
  fontPx: number;
  shown: boolean;
  motion: Motion;
  lane: number;
  span: number;
  /** Pixels per millisecond of travel; 0 for `still`. */
  speed: number;
  startTravel: number;
  endTravel: number;
  /** While frozen it stays where it was at this moment of travel. */
  frozenTravel: number | null;
  /** After a freeze: how far behind its place it was, and when it was let go; it glides back. */
  lagTravel: number;
  releasedAge: number;
}

/** A released bullet is back in its own place after this long, and covers nothing of its lane from then on. */
export const GLIDE_MS = 400;

export function newBullet(key: number, comment: DanmakuComment, age: number): Bullet {
  const priority = comment.priority ?? 'normal';
  return {
    key,
    text: oneLine(comment.text),
    mode: modeOf(comment.mode),
    size: comment.style?.size ?? 'normal',
    style: comment.style ?? {},
    priority,
    rank: rankOf(priority),
    members: [comment],
    arrivedAge: age,
    repeatedAge: age,
    width: 0,
    laneWidth: 0,
    height: 0,
    fontPx: 0,
    shown: false,
    motion: 'travel',
    lane: -1,
    span: 1,
    speed: 0,
    startTravel: 0,
    endTravel: 0,
    frozenTravel: null,
    lagTravel: 0,
    releasedAge: 0,
  };
}

/** The moment of travel whose place the bullet has now: the screen's, but for one that was frozen. */
export function ownTravel(bullet: Bullet, travel: number, age: number): number {
  if (bullet.frozenTravel !== null) return bullet.frozenTravel;
  if (bullet.lagTravel === 0) return travel;
  const rest = 1 - Math.min(1, (age - bullet.releasedAge) / GLIDE_MS);
  return travel - bullet.lagTravel * rest * rest;
}

/** Frozen, or on its way back: it is drawn over the others and stands for nothing in its lane. */
export function isLifted(bullet: Bullet, age: number): boolean {
  return (
    bullet.frozenTravel !== null || (bullet.lagTravel > 0 && age - bullet.releasedAge < GLIDE_MS)
  );
}

function modeOf(mode: CommentMode | undefined): BulletMode {
  return mode === 'top' || mode === 'bottom' ? mode : 'scroll';
}

function rankOf(priority: CommentPriority): PriorityClass {
  switch (priority) {
    case 'own':
    case 'paid':
    case 'moderator':
      return 0;
    case 'mention':
    case 'member':
      return 1;
    case 'normal':
      return 2;
  }
}
