import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROTATE_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;

/** What one process writes, appended over its restarts. The process has the file itself: nothing passes through us. */
export class LogFile {
  readonly path: string;
  /** Where the present process began to write. */
  private beganAt = 0;

  constructor(dir: string, name: string) {
    mkdirSync(join(dir, 'logs'), { recursive: true });
    this.path = join(dir, 'logs', `${name}.log`);
  }

  /** A descriptor to hand to the next process; to be closed after the spawn. A large file is put aside first. */
  open(): number {
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) {
      renameSync(this.path, `${this.path}.1`);
    }
    const descriptor = openSync(this.path, 'a');
    this.beganAt = fstatSync(descriptor).size;
    return descriptor;
  }

  /** The last lines that the present process wrote, made readable where they are JSON. */
  tail(lines: number): string[] {
    try {
      const descriptor = openSync(this.path, 'r');
      try {
        const { size } = fstatSync(descriptor);
        const from = Math.max(this.beganAt, size - TAIL_BYTES);
        const bytes = Buffer.alloc(Math.max(0, size - from));
        readSync(descriptor, bytes, 0, bytes.length, from);
        const all = bytes.toString('utf8').split('\n').map(readable);
        return all.filter((line) => line.trim() !== '').slice(-lines);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return [];
    }
  }
}

function readable(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { message, error } = JSON.parse(line) as { message?: unknown; error?: unknown };
    const parts = [message, error].filter((part) => typeof part === 'string' && part !== '');
    return parts.length > 0 ? (parts.join(': ').split('\n')[0] ?? line) : line;
  } catch {
    return line;
  }
}
