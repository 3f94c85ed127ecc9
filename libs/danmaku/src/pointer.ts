import type { DanmakuPick } from './comment';

type Point = { x: number; y: number };

interface PointerOptions {
  container: HTMLElement;
  /** Asks which bullet is at a point and freezes it; `answerHover` brings the answer. */
  askHover: (at: Point | null) => void;
  /** Asks for the bullet under a click that hovering had not found. */
  askPick: (at: Point) => void;
}

/** Controls laid over the picture keep their own clicks. */
const CONTROLS =
  'a, button, input, select, textarea, label, summary, [contenteditable], [data-danmaku-ignore]';

/** Pointer events of the container: hovering asks at most one question at a time, a click picks. */
export class Pointer {
  private readonly abort = new AbortController();
  private hovered: DanmakuPick | null = null;
  private asking = false;
  private next: Point | null | undefined;
  private inside = false;
  private cursorBefore: string | null = null;

  constructor(private readonly options: PointerOptions) {
    const { signal } = this.abort;
    const { container } = options;
    container.addEventListener('pointermove', this.onMove, { signal, passive: true });
    container.addEventListener('pointerleave', this.onLeave, { signal, passive: true });
    // In the capture phase, so that a click on a bullet does not also pause the video below it.
    container.addEventListener('click', this.onClick, { signal, capture: true });
  }

  answerHover(pick: DanmakuPick | null): void {
    this.asking = false;
    this.hovered = this.inside ? pick : null;
    this.showCursor(this.hovered !== null);
    if (this.next === undefined) return;
    const next = this.next;
    this.next = undefined;
    this.ask(next);
  }

  close(): void {
    this.abort.abort();
    this.showCursor(false);
  }

  private readonly onMove = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return;
    this.inside = !isControl(event.target);
    this.ask(this.inside ? this.pointOf(event) : null);
  };

  private readonly onLeave = (): void => {
    this.inside = false;
    this.ask(null);
  };

  private readonly onClick = (event: MouseEvent): void => {
    if (isControl(event.target)) return;
    const at = this.pointOf(event);
    if (this.hovered !== null && isIn(this.hovered.box, at)) event.stopPropagation();
    this.options.askPick(at);
  };

  private ask(at: Point | null): void {
    if (this.asking) {
      this.next = at;
      return;
    }
    if (at === null && this.hovered === null) return;
    this.asking = true;
    this.options.askHover(at);
  }

  private pointOf(event: MouseEvent): Point {
    const box = this.options.container.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private showCursor(pointing: boolean): void {
    const { style } = this.options.container;
    if (pointing && this.cursorBefore === null) {
      this.cursorBefore = style.cursor;
      style.cursor = 'pointer';
    } else if (!pointing && this.cursorBefore !== null) {
      style.cursor = this.cursorBefore;
      this.cursorBefore = null;
    }
  }
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(CONTROLS) !== null;
}

function isIn(box: DanmakuPick['box'], at: Point): boolean {
  return at.x >= box.x && at.x < box.x + box.width && at.y >= box.y && at.y < box.y + box.height;
}
