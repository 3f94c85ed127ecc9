export { HubbubClient } from './hubbub-client';
export type { Room } from './room';
export {
  HubbubError,
  type HubbubErrorCode,
  type HubbubErrorDetail,
  type LocalErrorCode,
} from './hubbub-error';
export { webStorageOutbox, type WebStorageLike } from './web-storage-outbox';
export {
  createTimeline,
  reduceTimeline,
  type PendingMessage,
  type Timeline,
  type TimelineAction,
  type TimelineEvent,
  type TimelineGap,
  type TimelineItem,
  type TimelineMessage,
  type TimelineOptions,
} from './timeline';
export type * from './types';
