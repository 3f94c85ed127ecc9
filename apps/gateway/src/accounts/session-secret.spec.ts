import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSessionSecret } from './session-secret';

describe('the session secret', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hubbub-secret-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is what SESSION_SECRET says', async () => {
    const settings = { SESSION_SECRET: 'x'.repeat(32), DATA_DIR: folder };
    await expect(loadSessionSecret(settings)).resolves.toBe('x'.repeat(32));
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('is made once and kept, for its owner’s eyes alone', async () => {
    const settings = { SESSION_SECRET: undefined, DATA_DIR: join(folder, 'data') };
    const [one, other] = await Promise.all([
      loadSessionSecret(settings),
      loadSessionSecret(settings),
    ]);
    expect(one).toHaveLength(64);
    expect(other).toBe(one);
    await expect(loadSessionSecret(settings)).resolves.toBe(one);
    const path = join(settings.DATA_DIR, 'session-secret');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).trim()).toBe(one);
    await expect(readdir(settings.DATA_DIR)).resolves.toEqual(['session-secret']);
  });

  it('is not an empty file', async () => {
    await writeFile(join(folder, 'session-secret'), '\n');
    const loading = loadSessionSecret({ SESSION_SECRET: undefined, DATA_DIR: folder });
    await expect(loading).rejects.toThrow('session-secret');
  });
});
