import type { DanmakuComment, DanmakuPick, DanmakuStats } from '../comment';
import type { DanmakuSettings } from '../settings';

export interface StageSize {
  /** CSS pixels. */
  width: number;
  height: number;
  pixelRatio: number;
}

export interface MediaState {
  positionMs: number;
  rate: number;
  running: boolean;
}

/** What the host tells the stage. Plain data, the same on either thread. */
export type ToStage =
  | { type: 'emit'; comments: DanmakuComment[] }
  | { type: 'timeline'; comments: DanmakuComment[] }
  | { type: 'seek'; positionMs: number }
  | { type: 'media'; media: MediaState | null }
  | { type: 'settings'; settings: DanmakuSettings }
  | { type: 'size'; size: StageSize }
  | { type: 'visible'; visible: boolean }
  | { type: 'paused'; paused: boolean }
  | { type: 'fonts' }
  | { type: 'clear' }
  | { type: 'remove'; ids: string[] }
  | { type: 'hover'; at: { x: number; y: number } | null }
  | { type: 'pick'; at: { x: number; y: number } }
  | { type: 'release' }
  | { type: 'stats'; ticket: number };

/** What the stage answers. `picked` carries the bullet that the pointer has frozen, or null. */
export type FromStage =
  | { type: 'hovered'; pick: DanmakuPick | null }
  | { type: 'picked'; pick: DanmakuPick | null }
  | { type: 'stats'; ticket: number; stats: Omit<DanmakuStats, 'thread'> };

/** The first message to a worker; it answers `ready` when it can draw. */
export interface StageInit {
  type: 'init';
  canvas: OffscreenCanvas;
  fontFamily: string;
}
export interface StageReady {
  type: 'ready';
}
