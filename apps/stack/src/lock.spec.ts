import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withLock } from './lock';
import { identify } from './process-id';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hubbub-lock-'));
  file = join(dir, 'made', 'build.lock');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

it('lets one after another do it, and says to those that wait that they do', async () => {
  let doing = 0;
  let most = 0;
  let waiting = 0;
  const works = Array.from({ length: 4 }, (_, i) =>
    withLock({ file, waits: () => waiting++ }, async () => {
      most = Math.max(most, ++doing);
      await delay(60);
      doing--;
      return i;
    }),
  );
  expect(await Promise.all(works)).toEqual([0, 1, 2, 3]);
  expect(most).toBe(1);
  expect(waiting).toBe(3);
  expect(readdirSync(join(dir, 'made'))).toEqual([]);
});

it('is given back by what fails', async () => {
  const failing = withLock({ file, waits: () => undefined }, () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(file)).toBe(false);
});

it.each([
  ['by a process that has ended', () => ({ pid: 2 ** 22 + 1, startedAt: '1' })],
  ['by one that had the number before', () => ({ ...identify(process.pid), startedAt: '1' })],
])('is not held %s', async (_, holder) => {
  file = join(dir, 'build.lock');
  writeFileSync(file, JSON.stringify(holder()));
  expect(await withLock({ file, waits: () => undefined }, () => 'done')).toBe('done');
  expect(readdirSync(dir)).toEqual([]);
});
