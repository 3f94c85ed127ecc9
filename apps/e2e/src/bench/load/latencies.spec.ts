import fc from 'fast-check';
import { Latencies } from './latencies';

describe('latencies', () => {
  it('are told to 1 %, however many there are', () => {
    const times = fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(times, (all) => {
        const latencies = new Latencies();
        for (const ms of all) latencies.add(ms);
        const sorted = [...all].sort((a, b) => a - b);
        const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1]!;
        const { count, p50, p99, max } = latencies.summary;
        expect(count).toBe(all.length);
        expect(max).toBe(sorted.at(-1));
        expect(Math.abs(p50! / at(0.5) - 1)).toBeLessThan(0.01);
        expect(Math.abs(p99! / at(0.99) - 1)).toBeLessThan(0.01);
      }),
    );
  });

  it('are none where none was taken', () => {
    expect(new Latencies().summary).toEqual({ count: 0, p50: null, p99: null, max: null });
  });
});
