import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const workspace = join(__dirname, '../../..');

it('is small in a page, and brings no schema library along', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-client-'));
  try {
    const file = join(folder, 'client.js');
    execFileSync(process.execPath, [
      join(workspace, 'node_modules/rolldown/bin/cli.mjs'),
      ...[join(__dirname, 'index.ts'), '--format', 'esm', '--minify', '--platform', 'browser'],
      ...['--tsconfig', join(__dirname, '../tsconfig.browser.json'), '--file', file],
    ]);
    const code = readFileSync(file, 'utf8');
    expect(code).not.toMatch(/zod/i);
    expect(code).not.toMatch(/^import\b/m);
    expect(gzipSync(code).byteLength).toBeLessThan(9_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);
