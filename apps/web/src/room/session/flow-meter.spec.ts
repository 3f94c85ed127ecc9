import { FlowMeter, type Flow } from './flow-meter';

describe('the rate of a room', () => {
  let meter: FlowMeter;
  let seen: (Flow | null)[];
  beforeEach(() => {
    jest.useFakeTimers();
    meter = new FlowMeter();
    seen = [];
    meter.flow.subscribe(() => seen.push(meter.flow.get()));
  });
  afterEach(() => {
    meter.close();
    jest.useRealTimers();
  });
  const flowFor = (seconds: number, window: { given: number; omitted: number }): void => {
    for (let i = 0; i < seconds * 10; i++) {
      meter.note(window);
      jest.advanceTimersByTime(100);
    }
  };

  it('is not told while everything is given', () => {
    flowFor(10, { given: 30, omitted: 0 });
    expect(seen).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is told once it is known, rounded for a glance, and anew only where it is another', () => {
    flowFor(20, { given: 4, omitted: 28 });
    expect(seen).toEqual([
      { perSecond: null, shownPerSecond: 0 },
      { perSecond: 320, shownPerSecond: 40 },
    ]);
    flowFor(10, { given: 4, omitted: 96 });
    expect(meter.flow.get()).toEqual({ perSecond: 1000, shownPerSecond: 40 });
  });

  it('ends some seconds after the last that was left out', () => {
    flowFor(5, { given: 4, omitted: 28 });
    flowFor(3, { given: 3, omitted: 0 });
    expect(meter.flow.get()).not.toBeNull();
    flowFor(4, { given: 3, omitted: 0 });
    expect(meter.flow.get()).toBeNull();
    expect(jest.getTimerCount()).toBe(0);
  });
});
