import fc from 'fast-check';
import { ByteCache } from './byte-cache';

const LIMIT = 1000;

function keep(cache: ByteCache<string>, key: string, bytes: number): boolean {
  if (cache.get(key) !== undefined) return true;
  if (!cache.reserve(bytes)) return false;
  cache.add(key, key, bytes);
  return true;
}

describe('the cache of rasterised texts', () => {
  it('never holds more than its bytes, and lets go of exactly what it no longer holds', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 60 }),
      bytes: fc.integer({ min: 1, max: 400 }),
      nextRound: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const held = new Map<string, number>();
        const cache = new ByteCache<string>(LIMIT, (key) => held.delete(key));
        for (const { key, bytes, nextRound } of steps) {
          if (nextRound) cache.nextRound();
          const name = key.toString();
          const before = held.has(name);
          if (keep(cache, name, bytes) && !before) held.set(name, bytes);
          expect(cache.bytes).toBeLessThanOrEqual(LIMIT);
          expect(cache.bytes).toBe([...held.values()].reduce((sum, each) => sum + each, 0));
        }
        cache.clear();
        expect([cache.bytes, held.size]).toEqual([0, 0]);
      }),
    );
  });

  it('lets go of the least recently used first', () => {
    const gone: string[] = [];
    const cache = new ByteCache<string>(LIMIT, (key) => gone.push(key));
    for (const key of ['a', 'b', 'c']) keep(cache, key, 300);
    cache.nextRound();
    cache.get('a');
    keep(cache, 'd', 300);
    expect(gone).toEqual(['b']);
  });

  it('keeps what the present frame uses, and refuses what does not fit beside it', () => {
    const cache = new ByteCache<string>(LIMIT, () => {
      throw new Error('let go of what is in use');
    });
    for (const key of ['a', 'b', 'c']) expect(keep(cache, key, 300)).toBe(true);
    expect(keep(cache, 'd', 300)).toBe(false);
    expect(keep(cache, 'too large for any', 1001)).toBe(false);
    expect(cache.get('a')).toBe('a');
  });
});
