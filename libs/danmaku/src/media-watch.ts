import type { MediaState } from './stage/messages';

export type MediaSource = Pick<
  HTMLMediaElement,
  | 'currentTime'
  | 'playbackRate'
  | 'paused'
  | 'ended'
  | 'readyState'
  | 'addEventListener'
  | 'removeEventListener'
>;

const EVENTS = [
  'play',
  'playing',
  'pause',
  'waiting',
  'seeking',
  'seeked',
  'ratechange',
  'timeupdate',
  'ended',
  'emptied',
] as const;

/** From this readiness on the media's clock runs while it is not paused (HTMLMediaElement.HAVE_FUTURE_DATA). */
const HAVE_FUTURE_DATA = 3;

/** Reports a media element's clock whenever it stops, starts, jumps or has gone on for a quarter of a second. */
export class MediaWatch {
  constructor(
    private readonly media: MediaSource,
    private readonly onState: (state: MediaState) => void,
  ) {
    for (const name of EVENTS) media.addEventListener(name, this.report);
    this.report();
  }

  readonly report = (): void => {
    const { currentTime, playbackRate, paused, ended, readyState } = this.media;
    this.onState({
      positionMs: currentTime * 1000,
      rate: playbackRate,
      running: !paused && !ended && readyState >= HAVE_FUTURE_DATA,
    });
  };

  close(): void {
    for (const name of EVENTS) this.media.removeEventListener(name, this.report);
  }
}
