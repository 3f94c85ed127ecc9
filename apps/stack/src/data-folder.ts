import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './cannot-start';

/** @throws {CannotStart} where the folder cannot be made or written to. */
export function requireWritableFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    const probe = join(dir, `.probe-${String(process.pid)}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CannotStart(
      `The data folder ${dir} cannot be written to (${code}). Choose another one with DATA_DIR=…`,
    );
  }
}
