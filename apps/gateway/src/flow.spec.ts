import fc from 'fast-check';
import { Flow, FLOOD_MS, flowLimitsOf } from './flow';

const NONE = {
  FRAME_RATE: 0,
  FRAME_BURST: 1,
  BYTE_RATE: 0,
  BYTE_BURST: 1,
  JOIN_RATE: 0,
  JOIN_BURST: 1,
};
const flowOf = (settings: Partial<typeof NONE>) => new Flow(flowLimitsOf({ ...NONE, ...settings }));
const times = <T>(count: number, work: () => T) => Array.from({ length: count }, work);

it('takes a burst, then the rate, and names the time until the next', () => {
  const flow = flowOf({ FRAME_RATE: 10, FRAME_BURST: 5 });
  expect(times(5, () => flow.takeFrame(1, 1_000))).toEqual([0, 0, 0, 0, 0]);
  const waitMs = flow.takeFrame(1, 1_000);
  expect(waitMs).toBeGreaterThan(0);
  expect(flow.takeFrame(1, 1_000 + waitMs)).toBe(0);
  expect(flow.takeFrame(1, 1_000 + waitMs)).toBeGreaterThan(0);
  // It has been quiet for long: the burst is whole again, and no more than that.
  expect(times(6, () => flow.takeFrame(1, 60_000)).filter((wait) => wait > 0)).toHaveLength(1);
});

it('takes a frame that is larger than the burst, and lets the next ones wait for it', () => {
  const flow = flowOf({ BYTE_RATE: 1_000, BYTE_BURST: 500 });
  expect(flow.takeFrame(3_000, 0)).toBe(0);
  const waitMs = flow.takeFrame(100, 0);
  expect(waitMs).toBe(2_600);
  expect(flow.takeFrame(100, 2_599)).toBeGreaterThan(0);
  expect(flow.takeFrame(100, 2_900)).toBe(0);
});

it('owes more and more while it is not waited for, until it is a flood', () => {
  const flow = flowOf({ FRAME_RATE: 100, FRAME_BURST: 10 });
  const waits = times(1_100, () => flow.takeFrame(1, 0));
  expect(waits.findIndex((wait) => wait > 0)).toBe(10);
  expect(waits.findIndex((wait) => wait > FLOOD_MS)).toBeGreaterThanOrEqual(1_000);
  expect(waits.at(-1)).toBeGreaterThan(FLOOD_MS);
});

it('does not count joins that are refused', () => {
  const flow = flowOf({ JOIN_RATE: 10, JOIN_BURST: 3 });
  const waits = times(1_000, () => flow.takeJoin(0));
  expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
  expect(waits[3]).toBeGreaterThan(0);
  expect(waits.at(-1)).toBe(waits[3]);
  expect(flow.takeJoin(100)).toBe(0);
});

it('takes everything where there is no limit', () => {
  const flow = flowOf({});
  expect(times(10_000, () => flow.takeFrame(1e6, 0) + flow.takeJoin(0)).every((it) => !it)).toBe(
    true,
  );
});

it('never takes more than the burst and the rate, and all of what keeps to the rate', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 50 }), (gapsMs, burst) => {
      const flow = flowOf({ FRAME_RATE: 20, FRAME_BURST: burst });
      let now = 0;
      let taken = 0;
      for (const gapMs of gapsMs) {
        now += gapMs;
        if (flow.takeFrame(1, now) === 0) taken++;
      }
      expect(taken).toBeLessThanOrEqual(burst + now / 50 + 1);
      expect(taken).toBeGreaterThanOrEqual(Math.min(burst, gapsMs.length));
      const steady = flowOf({ FRAME_RATE: 20, FRAME_BURST: burst });
      expect(gapsMs.every((_, i) => steady.takeFrame(1, i * 50) === 0)).toBe(true);
    }),
  );
});
