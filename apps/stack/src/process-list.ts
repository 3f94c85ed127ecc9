import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CannotStart } from './cannot-start';
import { identify, isRunning, signalGroup, ProcessId } from './process-id';
import { becomes } from './wait';

/** What runs for a folder: the runner itself, and the first process of each group that it started, oldest first. */
export const Processes = z.object({ runner: ProcessId, groups: z.array(ProcessId) });
export type Processes = z.infer<typeof Processes>;

/**
 * The file that says which processes belong to a folder, so that a later runner of the same folder can end what an earlier
 * one left behind.
 */
export class ProcessList {
  private readonly file: string;
  private readonly runner: ProcessId;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.file = join(dir, 'processes.json');
    this.runner = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
  }

  /**
   * Makes the folder ours: what a dead runner left is ended first.
   *
   * @throws {CannotStart} where another runner uses it.
   */
  async claim(): Promise<void> {
    const earlier = this.read();
    if (earlier && isRunning(earlier.runner) && earlier.runner.pid !== process.pid) {
      const { pid } = earlier.runner;
      throw new CannotStart(
        `Process ${String(pid)} runs in ${this.file.replace(/processes\.json$/, '')} already.`,
      );
    }
    if (earlier) await endGroups(earlier.groups);
    this.write([]);
  }

  write(groups: ProcessId[]): Processes {
    const processes: Processes = { runner: this.runner, groups };
    // Renamed into place: whoever reads it never sees half of it.
    writeFileSync(`${this.file}.new`, JSON.stringify(processes));
    renameSync(`${this.file}.new`, this.file);
    return processes;
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }

  private read(): Processes | null {
    try {
      return Processes.parse(JSON.parse(readFileSync(this.file, 'utf8')));
    } catch {
      return null; // none yet, or cut off: nothing to go by
    }
  }
}

/** Ends the groups that are still there, the youngest first: asked, and after 5 s made to. */
export async function endGroups(groups: ProcessId[]): Promise<void> {
  const left = groups.filter(isStillOurs).reverse();
  for (const { pid } of left) signalGroup(pid, 'SIGTERM');
  await becomes(() => !left.some(isRunning), { withinMs: 5000 });
  for (const { pid } of left) signalGroup(pid, 'SIGKILL');
}

/** A group outlives its first process (Nginx's workers a killed master), and keeps its number from being given away. */
function isStillOurs(group: ProcessId): boolean {
  const now = identify(group.pid);
  return now === null || now.startedAt === group.startedAt;
}
