export { Danmaku } from './danmaku';
export type { DanmakuOptions } from './danmaku';
export type { MediaSource } from './media-watch';
export type {
  CommentMode,
  CommentPriority,
  CommentSize,
  CommentStyle,
  DanmakuComment,
  DanmakuPick,
  DanmakuStats,
} from './comment';
export { DEFAULT_SETTINGS } from './settings';
export type { DanmakuSettings, Density } from './settings';
