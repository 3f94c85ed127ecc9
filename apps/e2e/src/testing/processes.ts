import { readFileSync } from 'node:fs';

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
