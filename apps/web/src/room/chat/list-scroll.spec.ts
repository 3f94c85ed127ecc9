import type { Entry } from '@hubbub/protocol';
import { ChatLog } from './chat-log';
import { ListScroll } from './list-scroll';

const ROW_PX = 20;
const VIEW_PX = 100;
let viewPx = VIEW_PX;

const says = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    seq: from + i,
    at: 0,
    kind: 'message',
    user: { id: 'ann', name: 'Ann' },
    text: 'hi',
  }));

/** jsdom lays nothing out: rows of one height, one below the other. */
function layOut(list: HTMLElement): void {
  let scrollTop = 0;
  const height = (): number => list.children.length * ROW_PX;
  Object.defineProperties(list, {
    clientHeight: { get: () => viewPx },
    scrollHeight: { get: height },
    scrollTop: {
      get: () => scrollTop,
      set: (value: number) => {
        scrollTop = Math.max(0, Math.min(value, height() - viewPx));
      },
    },
  });
  list.getBoundingClientRect = () => new DOMRect(0, 0, 300, viewPx);
}

describe('scrolling of the chat list', () => {
  let chat: ChatLog;
  let list: HTMLElement;
  let scroll: ListScroll;
  let olderAsked: number;
  let leave: () => void;

  beforeAll(() => {
    globalThis.ResizeObserver = class {
      observe(): void {
        return;
      }
      unobserve(): void {
        return;
      }
      disconnect(): void {
        return;
      }
    };
    globalThis.DOMRect = class {
      constructor(
        readonly x: number,
        readonly y: number,
        readonly width: number,
        readonly height: number,
      ) {}
      get top(): number {
        return this.y;
      }
      get bottom(): number {
        return this.y + this.height;
      }
    } as typeof DOMRect;
  });

  beforeEach(() => {
    viewPx = VIEW_PX;
    list = document.createElement('ol');
    document.body.replaceChildren(list);
    layOut(list);
    chat = new ChatLog();
    olderAsked = 0;
    scroll = new ListScroll({ list, chat, loadOlder: () => (olderAsked += 1) });
    const draw = (): void => {
      const known = new Map([...list.children].map((row) => [row.id, row]));
      list.replaceChildren(
        ...chat.view().rows.map(({ seq }) => {
          const row = known.get(String(seq)) ?? document.createElement('li');
          row.id = String(seq);
          row.getBoundingClientRect = () => {
            const index = [...list.children].indexOf(row);
            return new DOMRect(0, index * ROW_PX - list.scrollTop, 300, ROW_PX);
          };
          return row;
        }),
      );
      scroll.rendered();
    };
    leave = chat.subscribe(draw);
  });
  afterEach(() => {
    leave();
    scroll.close();
    chat.close();
  });

  const receive = (from: number, to: number): void => {
    chat.receive(says(from, to), { to, thinned: false });
    chat.flush();
  };
  const scrollTo = (top: number): void => {
    list.scrollTop = top;
    list.dispatchEvent(new Event('scroll'));
  };
  const topOf = (seq: number): number =>
    document.getElementById(String(seq))?.getBoundingClientRect().top ?? Number.NaN;

  it('follows the end', () => {
    receive(101, 150);
    expect(list.scrollTop).toBe(50 * ROW_PX - VIEW_PX);
    receive(151, 160);
    expect(list.scrollTop).toBe(60 * ROW_PX - VIEW_PX);
  });

  it('lets the reader scroll up, and freezes there', () => {
    receive(101, 150);
    scrollTo(500);
    expect(list.scrollTop).toBe(500);
    expect(chat.view().frozen).toBe(true);
    receive(151, 200);
    expect(list.scrollTop).toBe(500);
  });

  it('scrolls up by the wheel without being pulled back', () => {
    receive(101, 150);
    list.scrollTop = 700;
    list.dispatchEvent(new WheelEvent('wheel', { deltaY: -200 }));
    expect(chat.view().frozen).toBe(true);
    expect(list.scrollTop).toBe(700);
    scrollTo(500);
    expect(list.scrollTop).toBe(500);
  });

  it('goes on following when the list becomes lower', () => {
    receive(101, 150);
    viewPx = 60;
    list.dispatchEvent(new Event('scroll'));
    expect(chat.view().frozen).toBe(false);
    expect(list.scrollTop).toBe(50 * ROW_PX - 60);
  });

  it('keeps the rows where they are when older ones come above', () => {
    receive(101, 150);
    scrollTo(310);
    const before = topOf(120);
    chat.prependOlder(says(51, 100), true);
    expect(topOf(120)).toBe(before);
    expect(list.scrollTop).toBe(310 + 50 * ROW_PX);
  });

  it('asks for older ones near the top', () => {
    receive(101, 150);
    scrollTo(500);
    expect(olderAsked).toBe(0);
    scrollTo(100);
    expect(olderAsked).toBe(1);
  });

  it('follows again when the reader is back at the end', () => {
    receive(101, 150);
    scrollTo(500);
    receive(151, 200);
    scrollTo(50 * ROW_PX - VIEW_PX);
    expect(chat.view().frozen).toBe(false);
    expect(list.scrollTop).toBe(100 * ROW_PX - VIEW_PX);
  });
});
