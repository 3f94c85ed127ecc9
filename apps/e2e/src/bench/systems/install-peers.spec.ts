import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPeers, installPeers } from './install-peers';

describe('the folder of the peers', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hubbub-peers-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('has none of them as long as it is not known that all are there, in these versions', () => {
    expect(hasPeers(join(dir, 'nowhere'))).toBe(false);
    writeFileSync(join(dir, 'package.json'), '{}');
    expect(hasPeers(dir)).toBe(false);
    writeFileSync(join(dir, 'installed.json'), '{"dependencies":{"socket.io":"4.8.3"}}');
    expect(hasPeers(dir)).toBe(false);
  });

  it('has none of them where their installation was called off', async () => {
    const install = () =>
      installPeers({ dir, progress: () => undefined, signal: AbortSignal.abort() });
    await expect(install()).rejects.toThrow('aborted');
    expect(hasPeers(dir)).toBe(false);
    await expect(install()).rejects.toThrow('aborted');
  });
});
