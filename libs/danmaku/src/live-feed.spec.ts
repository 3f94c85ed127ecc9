import type { DanmakuComment } from './comment';
import { LiveFeed } from './live-feed';

let batches: string[][] = [];
let picture: number | null = null;
const newFeed = (): LiveFeed =>
  new LiveFeed({
    clock: () => picture,
    send: (comments) => batches.push(comments.map(({ text }) => text)),
  });
const many = (count: number): DanmakuComment[] =>
  Array.from({ length: count }, (_, i) => ({ id: i.toString(), text: i.toString() }));

beforeEach(() => {
  jest.useFakeTimers();
  batches = [];
  picture = null;
});
afterEach(() => {
  jest.useRealTimers();
});

describe('live comments', () => {
  it('of one frame go over as one batch', () => {
    const feed = newFeed();
    for (const comment of many(50)) feed.emit([comment]);
    expect(batches).toEqual([]);
    jest.advanceTimersByTime(16);
    expect(batches.map((batch) => batch.length)).toEqual([50]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('of a flood are bounded, the newest kept', () => {
    const feed = newFeed();
    feed.emit(many(1200));
    feed.emit(many(10));
    jest.advanceTimersByTime(16);
    expect(batches[0]).toHaveLength(500);
    expect(batches[0]?.at(-11)).toBe('1199');
    expect(feed.dropped).toBe(710);
  });

  it('are not sent while nobody looks, and no timer runs; what was held comes out after', () => {
    picture = 1000;
    const feed = newFeed();
    feed.setSeen(false);
    feed.emit([{ text: 'unseen' }, { text: 'later', at: 5000 }]);
    expect(jest.getTimerCount()).toBe(0);
    feed.setSeen(true);
    picture = 5000;
    jest.advanceTimersByTime(200);
    expect(batches).toEqual([['later']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('withdrawn or cleared before the batch goes are not sent', () => {
    const feed = newFeed();
    feed.emit(many(3));
    feed.remove(new Set(['1']));
    jest.advanceTimersByTime(16);
    feed.emit(many(3));
    feed.clear();
    jest.advanceTimersByTime(1000);
    expect(batches).toEqual([['0', '2']]);
  });

  it('with an invalid picture clock pass at once', () => {
    picture = NaN;
    newFeed().emit([{ text: 'a', at: 9e15 }]);
    jest.advanceTimersByTime(16);
    expect(batches).toEqual([['a']]);
  });
});
