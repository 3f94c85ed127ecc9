import type { FromStage, StageInit, StageReady, ToStage } from './stage/messages';
import { Stage } from './stage/stage';

export interface StageLinkOptions {
  /** Called for each canvas; a second time when the worker could not start, as the first one is spent then. */
  newCanvas: () => HTMLCanvasElement;
  fontFamily: string;
  allowWorker: boolean;
  onMessage: (message: FromStage) => void;
}

/** A worker that has not answered by then, behind a slow network or a strict policy, is given up. */
const READY_WITHIN_MS = 5000;

/** The stage behind one door: in a worker, or on the main thread where a worker or its canvas is missing. */
export class StageLink {
  thread: 'worker' | 'main' = 'main';
  private worker: Worker | null = null;
  private stage: Stage | null = null;
  /** What was said before the worker was ready; whoever comes to draw hears it first. */
  private backlog: ToStage[] = [];
  private ready = false;
  private timerId: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: StageLinkOptions) {
    const canvas = options.newCanvas();
    if (options.allowWorker && canTransfer(canvas)) this.openWorker(canvas);
    else this.openHere(canvas);
  }

  post(message: ToStage): void {
    if (!this.ready) this.backlog.push(message);
    else if (this.worker !== null) this.worker.postMessage(message);
    else this.stage?.receive(message);
  }

  close(): void {
    clearTimeout(this.timerId);
    this.worker?.terminate();
    this.stage?.close();
    this.worker = null;
    this.stage = null;
    this.backlog = [];
  }

  private openWorker(canvas: HTMLCanvasElement): void {
    let worker: Worker;
    try {
      worker = new Worker(new URL('./stage/stage.worker.ts', import.meta.url), { type: 'module' });
    } catch {
      // A policy or a file: page forbids workers; the canvas is untouched.
      this.openHere(canvas);
      return;
    }
    this.worker = worker;
    this.thread = 'worker';
    worker.addEventListener('message', ({ data }: MessageEvent<FromStage | StageReady>) => {
      if (data.type === 'ready') this.flush();
      else this.options.onMessage(data);
    });
    const giveUp = (): void => {
      if (!this.ready && this.worker === worker) this.replaceWorker(worker);
    };
    worker.addEventListener('error', giveUp);
    this.timerId = setTimeout(giveUp, READY_WITHIN_MS);
    const offscreen = canvas.transferControlToOffscreen();
    const init: StageInit = {
      type: 'init',
      canvas: offscreen,
      fontFamily: this.options.fontFamily,
    };
    worker.postMessage(init, [offscreen]);
  }

  private replaceWorker(worker: Worker): void {
    worker.terminate();
    this.worker = null;
    this.openHere(this.options.newCanvas());
  }

  private openHere(canvas: HTMLCanvasElement): void {
    this.thread = 'main';
    this.stage = new Stage(canvas, this.options.fontFamily, this.options.onMessage);
    this.flush();
  }

  private flush(): void {
    clearTimeout(this.timerId);
    this.ready = true;
    const said = this.backlog;
    this.backlog = [];
    for (const message of said) this.post(message);
  }
}

function canTransfer(canvas: HTMLCanvasElement): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof OffscreenCanvas !== 'undefined' &&
    'transferControlToOffscreen' in canvas
  );
}
