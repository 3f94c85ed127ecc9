import * as fc from 'fast-check';
import { BACKOFF } from '@hubbub/protocol/tables';
import { backoffMs } from './backoff';

describe('backoffMs', () => {
  it('doubles its bound from 0.5 s to 20 s', () => {
    const bounds = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) =>
      backoffMs(attempt, { ...BACKOFF, random: () => 1 }),
    );
    expect(bounds).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  });

  it('is anywhere between nothing and the bound', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (share) => {
        expect(backoffMs(3, { ...BACKOFF, random: () => share })).toBe(Math.round(share * 2_000));
      }),
    );
  });
});
