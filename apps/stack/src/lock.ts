import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isRunning, ProcessId } from './process-id';
import { becomes } from './wait';

export interface LockOptions {
  /** What says that it is held, and by whom: on a file system with hard links. */
  file: string;
  /** Called once where another one has it. */
  waits: () => void;
}

/** Does it while no other process of this machine does. What has ended without giving the lock back does not hold it. */
export async function withLock<T>(
  { file, waits }: LockOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  const own = `${file}.${randomUUID()}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    if (!take(own, file)) {
      waits();
      await becomes(() => take(own, file), { withinMs: Infinity });
    }
    try {
      return await work();
    } finally {
      rmSync(file);
    }
  } finally {
    rmSync(own);
  }
}

/** A link is made with all that is in it, or not at all. */
function take(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!isHeld(file)) rmSync(file, { force: true });
  return false;
}

function isHeld(file: string): boolean {
  try {
    return isRunning(ProcessId.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    return false;
  }
}
