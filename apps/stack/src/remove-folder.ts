import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes a folder; with `keepLogs` all but its logs, which say why something failed. */
export function removeFolder(dir: string, { keepLogs }: { keepLogs: boolean }): void {
  for (const name of readdirSync(dir)) {
    if (keepLogs && name === 'logs') continue;
    rmSync(join(dir, name), { recursive: true, force: true, maxRetries: 5 });
  }
  if (!keepLogs) rmSync(dir, { recursive: true, force: true });
}
