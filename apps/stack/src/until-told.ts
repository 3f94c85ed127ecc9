import { readFileSync } from 'node:fs';
import { identify, isRunning, type ProcessId } from './process-id';

/**
 * Resolves when the program should stop: Ctrl-C, SIGTERM, the terminal closed, or npm, which started it, gone (it passes
 * signals to a shell that dies of them and leaves us behind); with `untilStdinEnds` also when standard input ends.
 *
 * @param again is called at each further Ctrl-C: whoever presses it twice does not want to wait.
 */
export function untilTold(again: () => void, { untilStdinEnds = false } = {}): Promise<string> {
  let toldAt: number | null = null;
  return new Promise((resolve) => {
    const tell = (reason: string) => {
      // A terminal and npm both pass on one Ctrl-C.
      if (toldAt !== null && Date.now() - toldAt > 500) again();
      toldAt ??= Date.now();
      resolve(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        tell(signal);
      });
    }
    const npm = findNpm();
    if (npm) {
      const watch = setInterval(() => {
        if (isRunning(npm)) return;
        clearInterval(watch);
        resolve('npm is gone');
      }, 250);
      watch.unref();
    }
    if (untilStdinEnds) {
      process.stdin.resume();
      for (const event of ['end', 'close', 'error'] as const) {
        process.stdin.on(event, () => {
          resolve('standard input ended');
        });
      }
    }
  });
}

/** The npm that this process was started by, directly or through a shell; null where it was started without. */
function findNpm(): ProcessId | null {
  if (process.env['npm_lifecycle_event'] === undefined) return null;
  try {
    for (let pid = process.ppid; pid > 1; pid = parentOf(pid)) {
      const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
      if (/^npm\b/.test(command)) return identify(pid);
    }
    return null;
  } catch {
    return identify(process.ppid); // not Linux: it is mostly the shell in between
  }
}

function parentOf(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}
