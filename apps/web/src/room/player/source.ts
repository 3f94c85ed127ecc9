import type { RoomDescription } from '@hubbub/protocol';

/** Where the house's own picture is given out; see src/app/live. */
const HOUSE_STREAM = '/live/house.m3u8';
const HOUSE_CODEC = 'video/mp4; codecs="avc1.4d401f"';

export type PictureSource =
  | { kind: 'offline' }
  | { kind: 'stream'; url: string }
  /** The house's picture, drawn here because the browser cannot decode it. */
  | { kind: 'scene' };

/** What a room shows. A live room without a stream shows the house's picture. */
export function sourceOf(
  { state, streamUrl }: Pick<RoomDescription, 'state' | 'streamUrl'>,
  canPlay: (type: string) => boolean,
): PictureSource {
  if (state === 'offline') return { kind: 'offline' };
  if (streamUrl !== null) return { kind: 'stream', url: streamUrl };
  return canPlay(HOUSE_CODEC) ? { kind: 'stream', url: HOUSE_STREAM } : { kind: 'scene' };
}

/** Whether this browser decodes a media type, by Media Source Extensions or, on an iPhone, by the video element. */
export function browserCanPlay(type: string): boolean {
  if (typeof MediaSource !== 'undefined') return MediaSource.isTypeSupported(type);
  return document.createElement('video').canPlayType(type) !== '';
}
