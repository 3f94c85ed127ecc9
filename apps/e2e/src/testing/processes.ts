import { readdirSync, readFileSync } from 'node:fs';
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

/**
 * Processor time that a process has used so far, with all its threads that still run, in its own code and in the system's, in ms.
 * From the scheduler's own clock: the times in `/proc/PID/stat` are told by ticks of some milliseconds, which meet a server that
 * does everything once a second by chance, or always.
 */
export function cpuMs(pid: number): number {
  const tasks = `/proc/${String(pid)}/task`;
  let nanoseconds = 0;
  for (const task of readdirSync(tasks)) {
    const [running] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ');
    nanoseconds += Number(running);
  }
  return nanoseconds / 1e6;
}

/** How long the process's main thread, which has the event loop of a Node, has had work and no core to do it on, in ms. */
export function waitedForCoreMs(pid: number): number {
  const id = String(pid);
  const [, waited] = readFileSync(`/proc/${id}/task/${id}/schedstat`, 'utf8').split(' ');
  return Number(waited) / 1e6;
}
