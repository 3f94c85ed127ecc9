import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import type { ChatLog, ChatView } from './chat-log';

/** This near to the end a reader counts as following. */
const NEAR_PX = 24;
/** This near to the beginning the older page is fetched. */
const TOP_PX = 240;

interface Anchor {
  element: Element;
  top: number;
}

/**
 * Scrolling of the list: it follows its end; once the reader scrolls up the log is frozen, and whatever is put in above or
 * taken away keeps the first visible row exactly where it is.
 */
export function useFollow(options: {
  list: RefObject<HTMLElement | null>;
  chat: ChatLog;
  view: ChatView;
  /** Changes with what else stands at the end of the list. */
  tail: unknown;
  loadOlder: () => void;
}): void {
  const { list, chat, view, tail, loadOlder } = options;
  const anchors = useRef<Anchor[]>([]);

  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    if (view.frozen) holdPosition(element, anchors.current);
    else element.scrollTop = element.scrollHeight;
    anchors.current = visibleRows(element);
  }, [list, view, tail]);

  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const abort = new AbortController();
    const on = (type: string, listener: (event: Event) => void): void => {
      element.addEventListener(type, listener, { signal: abort.signal, passive: true });
    };
    on('scroll', () => {
      const fromEnd = element.scrollHeight - element.scrollTop - element.clientHeight;
      if (fromEnd < NEAR_PX) chat.release('scroll');
      else chat.freeze('scroll');
      anchors.current = visibleRows(element);
      if (element.scrollTop < TOP_PX && chat.view().older === 'idle') loadOlder();
    });
    // Before the scroll itself is told: a busy room would pull the reader back in between.
    on('wheel', (event) => {
      const isUp = event instanceof WheelEvent && event.deltaY < 0;
      if (isUp && element.scrollTop > 0) chat.freeze('scroll');
    });
    const resized = new ResizeObserver(() => {
      if (!chat.view().frozen) element.scrollTop = element.scrollHeight;
    });
    resized.observe(element);
    return () => {
      abort.abort();
      resized.disconnect();
      chat.release('scroll');
    };
  }, [list, chat, loadOlder]);
}

/** Holding Alt over the list freezes it, for reading in a storm. */
export function useAltHold(list: RefObject<HTMLElement | null>, chat: ChatLog): void {
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const abort = new AbortController();
    const { signal } = abort;
    element.addEventListener(
      'pointermove',
      (event) => {
        if (event.altKey) chat.freeze('hold');
        else chat.release('hold');
      },
      { signal, passive: true },
    );
    const release = (): void => {
      chat.release('hold');
    };
    element.addEventListener('pointerleave', release, { signal, passive: true });
    window.addEventListener('blur', release, { signal });
    window.addEventListener(
      'keyup',
      (event) => {
        if (event.key === 'Alt') release();
      },
      { signal },
    );
    return () => {
      abort.abort();
      release();
    };
  }, [list, chat]);
}

function holdPosition(list: HTMLElement, anchors: readonly Anchor[]): void {
  const held = anchors.find(({ element }) => element.isConnected);
  if (held === undefined) return;
  const moved = held.element.getBoundingClientRect().top - held.top;
  if (moved !== 0) list.scrollTop += moved;
}

/** The first rows in sight; more than one, for the first may be taken away. */
function visibleRows(list: HTMLElement): Anchor[] {
  const { top, bottom } = list.getBoundingClientRect();
  const anchors: Anchor[] = [];
  for (const element of list.querySelectorAll('li')) {
    const box = element.getBoundingClientRect();
    if (box.bottom <= top) continue;
    if (box.top >= bottom || anchors.length === 4) break;
    anchors.push({ element, top: box.top });
  }
  return anchors;
}
