import { DEFAULT_SETTINGS, mergeSettings } from '../settings';
import type { FromStage } from './messages';
import { Stage } from './stage';

/** What a browser gives a worker: a canvas that counts what is drawn on it, and frames that the test runs. */
class CountingCanvas {
  static drawn = 0;
  static cleared = 0;
  static made: CountingCanvas[] = [];
  constructor(
    public width: number,
    public height: number,
  ) {
    CountingCanvas.made.push(this);
  }
  getContext(): unknown {
    const state: Record<string | symbol, unknown> = {
      measureText: (text: string) => ({ width: text.length * 20 }),
      createLinearGradient: () => ({ addColorStop: () => undefined }),
      drawImage: () => (CountingCanvas.drawn += 1),
      clearRect: () => (CountingCanvas.cleared += 1),
    };
    return new Proxy(state, { get: (target, name) => target[name] ?? (() => undefined) });
  }
}

let pending: ((timestamp: number) => void) | null = null;
let now = 0;

function runFrames(count: number): number {
  let ran = 0;
  for (let i = 0; i < count && pending !== null; i += 1) {
    now += 16;
    const run = pending;
    pending = null;
    run(now);
    ran += 1;
  }
  return ran;
}

function open(): { stage: Stage; answers: FromStage[] } {
  const answers: FromStage[] = [];
  const canvas = new OffscreenCanvas(1, 1);
  const stage = new Stage(canvas, 'sans-serif', (message) => answers.push(message));
  stage.receive({ type: 'size', size: { width: 1280, height: 720, pixelRatio: 1 } });
  runFrames(10);
  return { stage, answers };
}

function statsOf({ stage, answers }: ReturnType<typeof open>) {
  stage.receive({ type: 'stats', ticket: 1 });
  const last = answers.at(-1);
  if (last?.type !== 'stats') throw new Error('no stats were answered');
  return last.stats;
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
  now = 0;
  pending = null;
  CountingCanvas.drawn = 0;
  CountingCanvas.made = [];
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  Object.assign(globalThis, {
    OffscreenCanvas: CountingCanvas,
    requestAnimationFrame: (run: (timestamp: number) => void) => {
      pending = run;
      return 1;
    },
    cancelAnimationFrame: () => {
      pending = null;
    },
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const nothingRuns = (): void => {
  expect(pending).toBeNull();
  expect(jest.getTimerCount()).toBe(0);
};

describe('the stage', () => {
  it('runs frames while a comment moves, and none before and after', () => {
    const opened = open();
    nothingRuns();
    opened.stage.receive({ type: 'emit', comments: [{ text: 'hello' }] });
    const frames = runFrames(10_000);
    expect(frames * 16).toBeGreaterThan(7000);
    expect(frames * 16).toBeLessThan(9000);
    expect(CountingCanvas.drawn).toBeGreaterThan(400);
    nothingRuns();
  });

  it('runs nothing while it is hidden, paused, switched off or of no size', () => {
    const { stage } = open();
    stage.receive({ type: 'emit', comments: [{ text: 'hello' }] });
    runFrames(5);
    stage.receive({ type: 'visible', visible: false });
    nothingRuns();
    stage.receive({ type: 'emit', comments: [{ text: 'while hidden' }] });
    nothingRuns();
    stage.receive({ type: 'visible', visible: true });
    stage.receive({ type: 'paused', paused: true });
    expect(runFrames(10)).toBe(1);
    nothingRuns();
    stage.receive({ type: 'paused', paused: false });
    expect(runFrames(10)).toBe(10);
    stage.receive({
      type: 'settings',
      settings: mergeSettings(DEFAULT_SETTINGS, { enabled: false }),
    });
    expect(runFrames(10)).toBe(1);
    nothingRuns();
    stage.receive({ type: 'settings', settings: DEFAULT_SETTINGS });
    stage.receive({ type: 'size', size: { width: 0, height: 0, pixelRatio: 1 } });
    nothingRuns();
  });

  it('sleeps on a timer until a standing comment leaves', () => {
    const { stage } = open();
    stage.receive({ type: 'emit', comments: [{ text: 'title', mode: 'top' }] });
    expect(runFrames(10)).toBe(1);
    expect(jest.getTimerCount()).toBe(1);
    now += 4000;
    jest.advanceTimersByTime(4000);
    runFrames(10);
    nothingRuns();
  });

  it('sleeps on a timer until the next timed comment, and does not run while the media stands', () => {
    const opened = open();
    opened.stage.receive({ type: 'timeline', comments: [{ text: 'at ten', time: 10 }] });
    opened.stage.receive({ type: 'media', media: { positionMs: 9500, rate: 1, running: false } });
    runFrames(10);
    nothingRuns();
    opened.stage.receive({ type: 'media', media: { positionMs: 9500, rate: 1, running: true } });
    runFrames(10);
    expect([pending, jest.getTimerCount()]).toEqual([null, 1]);
    now += 500;
    jest.advanceTimersByTime(500);
    runFrames(3);
    expect(statsOf(opened).onScreen).toBe(1);
  });

  it('rasterises a text once, however many frames it is drawn in', () => {
    const { stage } = open();
    stage.receive({ type: 'emit', comments: [{ text: 'once' }] });
    runFrames(1);
    const made = CountingCanvas.made.length;
    runFrames(200);
    expect(CountingCanvas.made.length).toBe(made);
  });

  it('keeps its cache under 32 MiB, whatever it has drawn', () => {
    const opened = open();
    opened.stage.receive({ type: 'size', size: { width: 3840, height: 2160, pixelRatio: 2 } });
    let most = 0;
    for (let i = 0; i < 400; i += 1) {
      const text = `${i.toString()} ${'x'.repeat(90)}`;
      opened.stage.receive({ type: 'emit', comments: [{ text, style: { size: 'large' } }] });
      runFrames(8);
      most = Math.max(most, statsOf(opened).cacheBytes);
    }
    expect(most).toBeGreaterThan(24 * 1024 * 1024);
    expect(most).toBeLessThanOrEqual(32 * 1024 * 1024);
    opened.stage.close();
    expect(
      CountingCanvas.made.reduce((sum, { width, height }) => sum + width * height, 0),
    ).toBeLessThan(3840 * 2160 * 4 + 10);
  });

  it('freezes what is picked until it is released, and says what it is', () => {
    const { stage, answers } = open();
    stage.receive({ type: 'emit', comments: [{ id: 'a', text: 'hello', user: { name: 'Li' } }] });
    runFrames(50);
    const box = () => {
      stage.receive({ type: 'pick', at: { x: 1000, y: 10 } });
      const last = answers.at(-1);
      return last?.type === 'picked' ? last.pick : null;
    };
    let picked = box();
    for (let i = 0; i < 400 && picked === null; i += 1) {
      runFrames(1);
      picked = box();
    }
    expect(picked).toMatchObject({
      id: 'a',
      text: 'hello',
      user: { name: 'Li' },
      repeats: 1,
      ids: ['a'],
    });
    runFrames(600);
    expect(box()?.box).toEqual(picked?.box);
    stage.receive({ type: 'release' });
    runFrames(60);
    expect(box()).toBeNull();
  });

  it('takes a withdrawn comment from the screen in the very next frame', () => {
    const opened = open();
    opened.stage.receive({ type: 'emit', comments: [{ id: 'a', text: 'bad' }] });
    runFrames(30);
    opened.stage.receive({ type: 'remove', ids: ['a'] });
    CountingCanvas.drawn = 0;
    runFrames(1);
    expect(CountingCanvas.drawn).toBe(0);
    nothingRuns();
  });

  it('in low power draws every second frame', () => {
    const { stage } = open();
    stage.receive({
      type: 'settings',
      settings: mergeSettings(DEFAULT_SETTINGS, { lowPower: true }),
    });
    stage.receive({ type: 'emit', comments: [{ text: 'hello' }] });
    runFrames(1);
    CountingCanvas.cleared = 0;
    runFrames(100);
    expect(CountingCanvas.cleared).toBe(50);
  });
});
