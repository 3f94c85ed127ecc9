import type { StageSize } from './stage/messages';

interface ViewWatchOptions {
  container: HTMLElement;
  onSize: (size: StageSize) => void;
  onVisible: (visible: boolean) => void;
}

/** Says how large the container is, in which pixel ratio, and whether anybody can see it. */
export class ViewWatch {
  private readonly abort = new AbortController();
  private readonly resizes: ResizeObserver;
  private readonly crossings: IntersectionObserver;
  private ratio: MediaQueryList | null = null;
  private inView = true;
  private reported: boolean | null = null;

  constructor(private readonly options: ViewWatchOptions) {
    this.resizes = new ResizeObserver(this.reportSize);
    this.resizes.observe(options.container);
    this.crossings = new IntersectionObserver((entries) => {
      this.inView = entries.at(-1)?.isIntersecting ?? this.inView;
      this.reportVisible();
    });
    this.crossings.observe(options.container);
    document.addEventListener('visibilitychange', this.reportVisible, {
      signal: this.abort.signal,
    });
    this.watchRatio();
    this.reportSize();
    this.reportVisible();
  }

  close(): void {
    this.abort.abort();
    this.resizes.disconnect();
    this.crossings.disconnect();
    this.ratio?.removeEventListener('change', this.watchRatio);
  }

  private readonly reportSize = (): void => {
    const { clientWidth, clientHeight } = this.options.container;
    this.options.onSize({
      width: clientWidth,
      height: clientHeight,
      pixelRatio: window.devicePixelRatio,
    });
  };

  /** A media query names one ratio, so each change needs the next query: zooming, or another display. */
  private readonly watchRatio = (): void => {
    const changed = this.ratio !== null;
    this.ratio?.removeEventListener('change', this.watchRatio);
    this.ratio = window.matchMedia(`(resolution: ${window.devicePixelRatio.toString()}dppx)`);
    this.ratio.addEventListener('change', this.watchRatio);
    if (changed) this.reportSize();
  };

  private readonly reportVisible = (): void => {
    const visible = this.inView && document.visibilityState === 'visible';
    if (visible === this.reported) return;
    this.reported = visible;
    this.options.onVisible(visible);
  };
}
