import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../env';

function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

async function readSecret(path: string): Promise<string | null> {
  try {
    const secret = (await readFile(path, 'utf8')).trim();
    if (secret.length < 32) {
      throw new Error(`${path} holds no secret of at least 32 characters: remove it for a new one`);
    }
    return secret;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * What signs session tokens: SESSION_SECRET, or in the embedded mode a secret that is made once and kept in DATA_DIR, readable
 * by its owner alone. The file appears whole or not at all, and two processes that start at once agree on one.
 */
export async function loadSessionSecret(
  settings: Pick<Settings, 'SESSION_SECRET' | 'DATA_DIR'>,
): Promise<string> {
  if (settings.SESSION_SECRET) return settings.SESSION_SECRET;
  const path = join(settings.DATA_DIR, 'session-secret');
  const kept = await readSecret(path);
  if (kept) return kept;
  await mkdir(settings.DATA_DIR, { recursive: true });
  const fresh = randomBytes(32).toString('hex');
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${fresh}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return (await readSecret(path)) ?? fresh;
}
