import { Audience } from './audience';

const MINUTE_MS = 60_000;

test('bots among themselves are silent, and talk once somebody else is there', () => {
  const audience = new Audience();
  audience.counted({ viewers: 5, bots: 5 }, 0);
  expect(audience.share(0)).toBe(0);
  audience.counted({ viewers: 6, bots: 5 }, 100);
  expect(audience.share(100)).toBe(1);
  audience.counted({ viewers: 5, bots: 5 }, 200);
  expect(audience.share(200)).toBe(0);
});

test('a bot that has just left is not taken for somebody else', () => {
  const audience = new Audience();
  audience.botsMoved(1000);
  audience.counted({ viewers: 5, bots: 4 }, 1500);
  expect(audience.share(1500)).toBe(0);
  audience.counted({ viewers: 5, bots: 4 }, 4500);
  expect(audience.share(4500)).toBe(1);
});

test('a viewer who stays for long does not fill the disk', () => {
  const audience = new Audience();
  audience.counted({ viewers: 1, bots: 0 }, 0);
  expect(audience.share(19 * MINUTE_MS)).toBe(1);
  expect(audience.share(21 * MINUTE_MS)).toBeLessThan(0.1);
  audience.counted({ viewers: 2, bots: 0 }, 22 * MINUTE_MS);
  expect(audience.share(22 * MINUTE_MS)).toBe(1);
});
