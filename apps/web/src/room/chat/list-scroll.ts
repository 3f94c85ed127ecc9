import type { ChatLog } from './chat-log';

/** This near to the end a reader counts as following. */
const NEAR_PX = 24;
/** This near to the beginning the older page is fetched. */
const TOP_PX = 240;

interface Anchor {
  element: Element;
  top: number;
}

export interface ListScrollOptions {
  /** What scrolls; its rows are `li` elements. */
  list: HTMLElement;
  chat: ChatLog;
  loadOlder: () => void;
}

/**
 * Scrolling of the list: it follows its end; once the reader scrolls up the log is frozen, and whatever is put in above or
 * taken away leaves the first visible row exactly where it is.
 */
export class ListScroll {
  readonly #options: ListScrollOptions;
  readonly #abort = new AbortController();
  readonly #resized: ResizeObserver;
  #anchors: Anchor[] = [];
  /** Where the list was; further up than that only the reader goes. */
  #top = 0;

  constructor(options: ListScrollOptions) {
    this.#options = options;
    const { list, chat } = options;
    const { signal } = this.#abort;
    list.addEventListener('scroll', this.#onScroll, { signal, passive: true });
    // Before the scroll itself is told: a busy room would pull the reader back in between.
    const onWheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY >= 0 || list.scrollHeight <= list.clientHeight) return;
      // The browser may have scrolled already and not told of it yet.
      this.#anchors = visibleRows(list);
      chat.freeze('scroll');
    };
    list.addEventListener('wheel', onWheel, { signal, passive: true });
    // Holding Alt over the list freezes it, for reading in a storm.
    const onMove = ({ altKey }: PointerEvent): void => {
      if (altKey) chat.freeze('hold');
      else this.#release();
    };
    list.addEventListener('pointermove', onMove, { signal, passive: true });
    list.addEventListener('pointerleave', this.#release, { signal });
    window.addEventListener('blur', this.#release, { signal });
    const onKeyUp = ({ key }: KeyboardEvent): void => {
      if (key === 'Alt') this.#release();
    };
    window.addEventListener('keyup', onKeyUp, { signal });
    this.#resized = new ResizeObserver(() => {
      if (!chat.view().frozen) this.#toEnd();
    });
    this.#resized.observe(list);
  }

  /** To be called when new rows are in the document and not yet on the screen. */
  rendered(): void {
    if (this.#options.chat.view().frozen) this.#hold();
    else this.#toEnd();
    this.#anchors = visibleRows(this.#options.list);
  }

  close(): void {
    this.#abort.abort();
    this.#resized.disconnect();
    this.#release();
    this.#options.chat.release('scroll');
  }

  readonly #release = (): void => {
    this.#options.chat.release('hold');
  };

  readonly #onScroll = (): void => {
    const { list, chat, loadOlder } = this.#options;
    // Before anything is drawn anew, which would be held against where the reader was.
    this.#anchors = visibleRows(list);
    const fromEnd = list.scrollHeight - list.scrollTop - list.clientHeight;
    const isUp = list.scrollTop < this.#top;
    this.#top = list.scrollTop;
    if (fromEnd < NEAR_PX) chat.release('scroll');
    else if (isUp) chat.freeze('scroll');
    // The list has become lower, for a keyboard or a notice: nobody has scrolled.
    else if (!chat.view().frozen) this.#toEnd();
    const { hasOlder, older } = chat.view();
    if (list.scrollTop < TOP_PX && hasOlder && older === 'idle') loadOlder();
  };

  #toEnd(): void {
    const { list } = this.#options;
    list.scrollTop = list.scrollHeight;
    this.#top = list.scrollTop;
  }

  #hold(): void {
    const held = this.#anchors.find(({ element }) => element.isConnected);
    if (held === undefined) return;
    const moved = held.element.getBoundingClientRect().top - held.top;
    const { list } = this.#options;
    if (moved !== 0) list.scrollTop += moved;
    this.#top = list.scrollTop;
  }
}

/** The first rows in sight; more than one, for the first may be taken away. */
function visibleRows(list: HTMLElement): Anchor[] {
  const { top, bottom } = list.getBoundingClientRect();
  const rows = list.querySelectorAll('li');
  const anchors: Anchor[] = [];
  for (let i = firstBelow(rows, top); anchors.length < 4; i += 1) {
    const element = rows[i];
    if (element === undefined) break;
    const box = element.getBoundingClientRect();
    if (box.top >= bottom) break;
    anchors.push({ element, top: box.top });
  }
  return anchors;
}

/** The first row that reaches below `top`. Each row asked costs as much as a row drawn: a busy room asks at each flush. */
function firstBelow(rows: ArrayLike<Element>, top: number): number {
  let from = 0;
  let to = rows.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const isAbove = (rows[middle]?.getBoundingClientRect().bottom ?? 0) <= top;
    if (isAbove) from = middle + 1;
    else to = middle;
  }
  return from;
}
