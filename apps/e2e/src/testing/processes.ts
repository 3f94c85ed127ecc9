import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Signals one process. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  process.kill(pid, signal);
}

export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** Memory of a process that is in RAM, in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${String(pid)} has no memory`);
  return Number(kilobytes) * 1024;
}

/** The memory of a process that has come to rest: the least of what it had while it grew no more for 5 s. In bytes. */
export async function bytesAtRest(pid: number): Promise<number> {
  let least = residentBytes(pid);
  let quietSince = performance.now();
  while (performance.now() - quietSince < 5_000) {
    await delay(250);
    const now = residentBytes(pid);
    if (Math.abs(now - least) > 256 * 1024) quietSince = performance.now();
    least = now;
  }
  return least;
}

/** Linux counts in these for programs, whatever it does itself. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used so far, with all its threads, in its own code and in the system's, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The name, in parentheses, may have spaces. Fields 14 and 15 of proc(5) are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
