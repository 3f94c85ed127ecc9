import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process that cannot be mistaken for a later one with the same number: the system uses numbers again. */
export const ProcessId = z.object({ pid: z.int(), startedAt: z.string() });
export type ProcessId = z.infer<typeof ProcessId>;

/** Who has this number now; null where nobody has, or only a dead process that its parent has not asked for yet. */
export function identify(pid: number): ProcessId | null {
  try {
    const { state, startedAt } = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
    return state === 'Z' || startedAt === '' ? null : { pid, startedAt };
  } catch {
    return null;
  }
}

export function isRunning(id: ProcessId): boolean {
  return identify(id.pid)?.startedAt === id.startedAt;
}

/** Signals a whole process group, which has the number of its first process. False where there is none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

function fromProc(pid: number): { state: string; startedAt: string } {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold anything; state is the 3rd, the start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
}

function fromPs(pid: number): { state: string; startedAt: string } {
  const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  return { state: line.slice(0, 1), startedAt: line.replace(/^\S+\s+/, '') };
}
