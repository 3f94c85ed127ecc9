import type Hls from 'hls.js';
import type { ErrorData } from 'hls.js';
import { ValueStore } from '../value-store';

export type PictureStatus =
  | { phase: 'loading' }
  | { phase: 'playing' }
  /** `blocked`: not by the viewer but by the browser, which wants a click first. */
  | { phase: 'paused'; blocked: boolean }
  | { phase: 'stalled' }
  /** `retryAt` (ms) where it tries again by itself. */
  | { phase: 'failed'; reason: 'network' | 'format'; retryAt: number | null };

/** Shorter stalls are not worth a word. */
const STALL_AFTER_MS = 800;
const RETRY_FIRST_MS = 2000;
const RETRY_MAX_MS = 30_000;
/** A second trouble with the media within this time of a recovery is given up. */
const RECOVERY_MS = 10_000;
/** A picture's clock that is further off than this is not that of a live stream, and nothing is held for it. */
const CLOCK_MAX_MS = 60_000;
/** Further behind the live edge than this a viewer is offered the way back. */
export const LATE_SECONDS = 12;

/** A live HLS stream on a video element: starts it, recovers from what can be recovered, and says what the rest is. */
export class StreamPicture {
  readonly status = new ValueStore<PictureStatus>({ phase: 'loading' });
  /** Seconds behind the live edge; null while unknown. */
  readonly behind = new ValueStore<number | null>(null);
  readonly hasSound = new ValueStore(true);
  readonly #abort = new AbortController();
  #hls: Hls | null = null;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #clockTimer: ReturnType<typeof setInterval>;
  #retryMs = RETRY_FIRST_MS;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #wantsToPlay = true;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    /** The servers' time (ms), which the stream's dates are held against; this machine's may be wrong. */
    private readonly now: () => number,
  ) {
    const { signal } = this.#abort;
    const on = (type: string, listener: () => void): void => {
      video.addEventListener(type, listener, { signal });
    };
    on('playing', () => {
      clearTimeout(this.#stallTimer);
      this.#retryMs = RETRY_FIRST_MS;
      this.status.set({ phase: 'playing' });
    });
    on('waiting', this.#noteStall);
    on('stalled', () => {
      if (video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) this.#noteStall();
    });
    on('pause', () => {
      if (this.status.get().phase !== 'failed')
        this.status.set({ phase: 'paused', blocked: false });
    });
    on('error', () => {
      // hls.js hears of it, too, and may recover; without it the browser has given up.
      if (this.#hls === null && video.error !== null) this.#failNatively(video.error);
    });
    this.#clockTimer = setInterval(this.#measure, 1000);
    void this.#load();
  }

  play(): void {
    this.#wantsToPlay = true;
    void this.#start();
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.video.pause();
  }

  setSound({ volume, muted }: { volume: number; muted: boolean }): void {
    this.video.volume = volume;
    this.video.muted = muted;
  }

  /** Jumps to the newest that can be played without stalling. */
  goLive(): void {
    const edge = this.#liveEdge();
    if (edge !== null) this.video.currentTime = edge;
    this.play();
  }

  retry(): void {
    clearTimeout(this.#retryTimer);
    this.#hls?.destroy();
    this.#hls = null;
    this.status.set({ phase: 'loading' });
    void this.#load();
  }

  /** Wall-clock time (ms) of the picture that is shown now; null where the stream does not say. */
  readonly playingAt = (): number | null => {
    const date = this.#hls === null ? nativeDate(this.video) : this.#hls.playingDate;
    const time = date?.getTime() ?? Number.NaN;
    return Math.abs(this.now() - time) < CLOCK_MAX_MS ? time : null;
  };

  close(): void {
    this.#abort.abort();
    clearTimeout(this.#stallTimer);
    clearTimeout(this.#retryTimer);
    clearInterval(this.#clockTimer);
    this.#hls?.destroy();
    this.#hls = null;
    this.video.removeAttribute('src');
    this.video.load();
  }

  async #load(): Promise<void> {
    if (playsNatively(this.video)) {
      this.video.src = this.url;
      await this.#start();
      return;
    }
    let library: typeof import('hls.js/light');
    try {
      library = await import('hls.js/light');
    } catch {
      this.#failAndRetry();
      return;
    }
    if (this.#abort.signal.aborted || this.#hls !== null) return;
    const { default: HlsPlayer } = library;
    if (!HlsPlayer.isSupported()) {
      this.status.set({ phase: 'failed', reason: 'format', retryAt: null });
      return;
    }
    const hls = new HlsPlayer({
      liveSyncDurationCount: 2,
      liveMaxLatencyDurationCount: 10,
      maxBufferLength: 20,
      backBufferLength: 20,
    });
    this.#hls = hls;
    hls.on(HlsPlayer.Events.ERROR, (_, error) => {
      if (error.fatal && this.#hls === hls) this.#handle(hls, error);
    });
    hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => {
      if (this.#wantsToPlay) void this.#start();
    });
    hls.on(HlsPlayer.Events.BUFFER_CODECS, (_, tracks) => {
      this.hasSound.set(tracks.audio !== undefined || tracks.audiovideo !== undefined);
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  async #start(): Promise<void> {
    try {
      await this.video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      // Sound needs a click first; a muted picture mostly does not.
      if (!this.video.muted) {
        this.video.muted = true;
        await this.#start();
      } else this.status.set({ phase: 'paused', blocked: true });
    }
  }

  #handle(hls: Hls, error: ErrorData): void {
    // The enums of hls.js are only in the module that is loaded when needed; their values are these words.
    const type: string = error.type;
    const details: string = error.details;
    const isFormat =
      details === 'manifestIncompatibleCodecsError' || details === 'bufferAddCodecError';
    if (type === 'mediaError' && !isFormat) {
      const now = performance.now();
      if (now - this.#recoveredAt > RECOVERY_MS) {
        this.#recoveredAt = now;
        hls.recoverMediaError();
        return;
      }
    }
    hls.destroy();
    this.#hls = null;
    if (type === 'networkError') this.#failAndRetry();
    else this.status.set({ phase: 'failed', reason: 'format', retryAt: null });
  }

  #failNatively({ code }: MediaError): void {
    if (code === MediaError.MEDIA_ERR_NETWORK) this.#failAndRetry();
    else this.status.set({ phase: 'failed', reason: 'format', retryAt: null });
  }

  #failAndRetry(): void {
    if (this.#abort.signal.aborted) return;
    const wait = this.#retryMs;
    this.#retryMs = Math.min(RETRY_MAX_MS, wait * 2);
    this.status.set({ phase: 'failed', reason: 'network', retryAt: Date.now() + wait });
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.retry();
    }, wait);
  }

  readonly #noteStall = (): void => {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => {
      if (this.status.get().phase === 'playing') this.status.set({ phase: 'stalled' });
    }, STALL_AFTER_MS);
  };

  readonly #measure = (): void => {
    if (this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const at = this.playingAt();
    if (at !== null) this.behind.set(Math.max(0, Math.round((this.now() - at) / 1000)));
    else {
      const edge = this.#liveEdge();
      this.behind.set(
        edge === null ? null : Math.max(0, Math.round(edge - this.video.currentTime)),
      );
    }
  };

  #liveEdge(): number | null {
    const synced = this.#hls?.liveSyncPosition ?? null;
    if (synced !== null) return synced;
    const { seekable } = this.video;
    return seekable.length === 0 ? null : Math.max(0, seekable.end(seekable.length - 1) - 4);
  }
}

/** Safari names the date of its timeline, and only there is HLS as good without a library. */
interface DatedVideo extends HTMLVideoElement {
  getStartDate: () => Date;
}

function isDated(video: HTMLVideoElement): video is DatedVideo {
  return 'getStartDate' in video;
}

function playsNatively(video: HTMLVideoElement): boolean {
  return isDated(video) && video.canPlayType('application/vnd.apple.mpegurl') !== '';
}

function nativeDate(video: HTMLVideoElement): Date | null {
  return isDated(video)
    ? new Date(video.getStartDate().getTime() + video.currentTime * 1000)
    : null;
}
