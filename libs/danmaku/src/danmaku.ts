import type { DanmakuComment, DanmakuPick, DanmakuStats } from './comment';
import { LiveFeed } from './live-feed';
import { MediaWatch, type MediaSource } from './media-watch';
import { Pointer } from './pointer';
import { DEFAULT_SETTINGS, mergeSettings, type DanmakuSettings } from './settings';
import type { FromStage, ToStage } from './stage/messages';
import { StageLink } from './stage-link';
import { ViewWatch } from './view-watch';

export interface DanmakuOptions {
  /** The canvas is laid over it; it is given `position: relative` where it has no position. */
  container: HTMLElement;
  settings?: Partial<DanmakuSettings>;
  /** A click on a bullet. The bullet stays frozen until `release()`. */
  onPick?: (pick: DanmakuPick) => void;
  /**
   * The wall-clock time (ms) of the picture that is shown now, for example `hls.playingDate`. Comments with
   * `at` are held until it has reached them. `null` means unknown, and nothing is held.
   */
  clock?: () => number | null;
  fontFamily?: string;
  /** `main` draws on the main thread even where a worker could. */
  thread?: 'auto' | 'main';
}

const FONT_FAMILY =
  'system-ui, -apple-system, "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const DESTROYED = 'this Danmaku has been destroyed';

interface StatsQuestion {
  resolve: (stats: DanmakuStats) => void;
  reject: (reason: Error) => void;
}

/**
 * Bullet comments over a container, drawn off the main thread where the browser can. It adds one canvas, which
 * takes no pointer events and is hidden from assistive technology: the text belongs into a list beside it.
 */
export class Danmaku {
  private readonly link: StageLink;
  private readonly view: ViewWatch;
  private readonly pointer: Pointer | null;
  private readonly live: LiveFeed;
  private readonly questions = new Map<number, StatsQuestion>();
  private readonly undoPosition: () => void;
  private canvas: HTMLCanvasElement | null = null;
  private media: MediaWatch | null = null;
  private settings: DanmakuSettings;
  private visible = true;
  private destroyed = false;
  private nextTicket = 1;

  constructor(private readonly options: DanmakuOptions) {
    const { container } = options;
    this.settings = mergeSettings(DEFAULT_SETTINGS, options.settings ?? {});
    this.undoPosition = makePositioned(container);
    this.live = new LiveFeed({
      clock: options.clock,
      send: (comments) => {
        this.post({ type: 'emit', comments });
      },
    });
    this.link = new StageLink({
      newCanvas: () => this.newCanvas(),
      fontFamily: options.fontFamily ?? FONT_FAMILY,
      allowWorker: options.thread !== 'main',
      onMessage: (message) => {
        this.hear(message);
      },
    });
    this.link.post({ type: 'settings', settings: this.settings });
    this.view = new ViewWatch({
      container,
      onSize: (size) => {
        this.link.post({ type: 'size', size });
      },
      onVisible: (visible) => {
        this.show(visible);
      },
    });
    this.pointer = options.onPick === undefined ? null : this.newPointer();
    document.fonts.addEventListener('loadingdone', this.onFonts);
  }

  /** Shows live comments. Cheap to call for each message: what comes within a frame goes over as one batch. */
  emit(comments: DanmakuComment | readonly DanmakuComment[]): void {
    if (this.destroyed || !this.settings.enabled) return;
    this.live.emit('text' in comments ? [comments] : comments);
  }

  /** Replaces the timed comments; they need not be sorted. */
  setTimeline(comments: readonly DanmakuComment[]): void {
    this.post({ type: 'timeline', comments: [...comments] });
  }

  /** Shows the screen as it is at `time` seconds, what is already on its way included, and runs on from there. */
  seek(time: number): void {
    this.post({ type: 'seek', positionMs: time * 1000 });
  }

  /** Follows a media element's clock, pauses, rate and seeks. Returns a function that lets go of it. */
  attach(media: MediaSource): () => void {
    this.detach();
    if (this.destroyed) return () => undefined;
    const watch = new MediaWatch(media, (state) => {
      // While nobody sees it the stage need not know; the view asks again when somebody does.
      if (this.visible) this.post({ type: 'media', media: state });
    });
    this.media = watch;
    return () => {
      if (this.media === watch) this.detach();
    };
  }

  set(settings: Partial<DanmakuSettings>): void {
    if (this.destroyed) return;
    this.settings = mergeSettings(this.settings, settings);
    if (this.canvas !== null) this.canvas.style.opacity = this.settings.opacity.toString();
    if (!this.settings.enabled) this.live.clear();
    this.post({ type: 'settings', settings: this.settings });
  }

  /** Everything stands still; what is emitted meanwhile waits, as far as the waiting line reaches. */
  pause(): void {
    this.post({ type: 'paused', paused: true });
  }

  resume(): void {
    this.post({ type: 'paused', paused: false });
  }

  /** Takes away what is on screen, waiting or held; the timeline stays. */
  clear(): void {
    this.live.clear();
    this.post({ type: 'clear' });
  }

  /** Takes a comment away at once, wherever it is: on screen, waiting, held or in the timeline. */
  remove(id: string | readonly string[]): void {
    const ids = new Set(typeof id === 'string' ? [id] : id);
    this.live.remove(ids);
    this.post({ type: 'remove', ids: [...ids] });
  }

  /** Lets the picked bullet go on. */
  release(): void {
    this.post({ type: 'release' });
  }

  /** Rejects after `destroy()`. */
  stats(): Promise<DanmakuStats> {
    if (this.destroyed) return Promise.reject(new Error(DESTROYED));
    const ticket = this.nextTicket;
    this.nextTicket += 1;
    return new Promise((resolve, reject) => {
      this.questions.set(ticket, { resolve, reject });
      this.post({ type: 'stats', ticket });
    });
  }

  /** Leaves the container as it was. Every later call does nothing. */
  destroy(): void {
    if (this.destroyed) return;
    this.detach();
    this.destroyed = true;
    this.pointer?.close();
    this.view.close();
    document.fonts.removeEventListener('loadingdone', this.onFonts);
    this.live.clear();
    this.link.close();
    for (const { reject } of this.questions.values()) reject(new Error(DESTROYED));
    this.questions.clear();
    this.canvas?.remove();
    this.canvas = null;
    this.undoPosition();
  }

  private hear(message: FromStage): void {
    if (this.destroyed) return;
    switch (message.type) {
      case 'hovered':
        this.pointer?.answerHover(message.pick);
        return;
      case 'picked':
        if (message.pick !== null) this.options.onPick?.(message.pick);
        return;
      case 'stats': {
        const dropped = message.stats.dropped + this.live.dropped;
        this.questions
          .get(message.ticket)
          ?.resolve({ ...message.stats, dropped, thread: this.link.thread });
        this.questions.delete(message.ticket);
        return;
      }
    }
  }

  private show(visible: boolean): void {
    this.visible = visible;
    this.live.setSeen(visible);
    this.post({ type: 'visible', visible });
    if (visible) this.media?.report();
  }

  private detach(): void {
    if (this.media === null) return;
    this.media.close();
    this.media = null;
    this.post({ type: 'media', media: null });
  }

  private newPointer(): Pointer {
    return new Pointer({
      container: this.options.container,
      askHover: (at) => {
        this.post({ type: 'hover', at });
      },
      askPick: (at) => {
        this.post({ type: 'pick', at });
      },
    });
  }

  private newCanvas(): HTMLCanvasElement {
    const canvas = document.createElement('canvas');
    canvas.setAttribute('aria-hidden', 'true');
    canvas.style.cssText =
      'position:absolute;inset:0;width:100%;height:100%;pointer-events:none;display:block';
    canvas.style.opacity = this.settings.opacity.toString();
    this.canvas?.remove();
    this.canvas = canvas;
    this.options.container.append(canvas);
    return canvas;
  }

  private readonly onFonts = (): void => {
    this.post({ type: 'fonts' });
  };

  private post(message: ToStage): void {
    if (!this.destroyed) this.link.post(message);
  }
}

/** Makes the canvas lie over the element; returns what undoes it. */
function makePositioned(element: HTMLElement): () => void {
  if (getComputedStyle(element).position !== 'static') return () => undefined;
  const hadStyle = element.hasAttribute('style');
  const before = element.style.position;
  element.style.position = 'relative';
  return () => {
    element.style.position = before;
    if (!hadStyle && element.getAttribute('style') === '') element.removeAttribute('style');
  };
}
