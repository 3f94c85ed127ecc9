import {
  bytesAtRest,
  cpuMs,
  isRunning,
  residentBytes,
  waitedForCoreMs,
} from '../../testing/processes';
import type { Usage } from './system';

export interface Pids {
  servers: readonly number[];
  /** Null where there is none. */
  redis: number | null;
  database: number | null;
}

/** The processes of a system, as the kernel counts what they use. */
export class ProcessGroup {
  /** What was last known of each: a process that has ended is counted as it was. */
  private readonly lastCpuMs = new Map<number, number>();

  constructor(private readonly pids: Pids) {}

  usage(): Usage {
    const { servers, redis, database } = this.pids;
    return {
      serverCpuMs: sum(servers.map((pid) => this.cpuMs(pid))),
      serverWaitMs: sum(servers.filter(isRunning).map(waitedForCoreMs)) / servers.length,
      redisCpuMs: redis === null ? 0 : this.cpuMs(redis),
      databaseCpuMs: database === null ? 0 : this.cpuMs(database),
      residentBytes: sum(servers.filter(isRunning).map(residentBytes)),
    };
  }

  async bytesAtRest(): Promise<number> {
    return sum(await Promise.all(this.pids.servers.map(bytesAtRest)));
  }

  isAlive(): boolean {
    return this.pids.servers.every(isRunning);
  }

  private cpuMs(pid: number): number {
    if (isRunning(pid)) this.lastCpuMs.set(pid, cpuMs(pid));
    return this.lastCpuMs.get(pid) ?? 0;
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
