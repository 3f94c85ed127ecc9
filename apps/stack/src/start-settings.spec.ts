import { join } from 'node:path';
import { requireWritableFolder } from './data-folder';
import { ROOT } from './paths';
import { readStartSettings } from './start-settings';

test('without variables: the embedded mode with seeded rooms on port 8080', () => {
  expect(readStartSettings({ PORT: '' })).toEqual({
    host: '0.0.0.0',
    port: 8080,
    dataDir: join(ROOT, 'data'),
    isEmbedded: true,
    seed: 'rooms',
  });
});

test('SEED=0 makes one room; a database of its own gets none unasked', () => {
  const DATABASE_URL = 'mysql://a:b@c/d';
  expect(readStartSettings({ SEED: '0' }).seed).toBe('one-room');
  expect(readStartSettings({ DATABASE_URL }).seed).toBeNull();
  expect(readStartSettings({ DATABASE_URL, SEED: '1' }).seed).toBe('rooms');
});

test('a variable that makes no sense is named', () => {
  expect(() => readStartSettings({ PORT: 'http' })).toThrow('PORT is a number from 0 to 65535.');
});

test('a data folder that cannot be written to is told in one line', () => {
  expect(() => {
    requireWritableFolder('/dev/null/data');
  }).toThrow('The data folder /dev/null/data cannot be written to (ENOTDIR).');
});
