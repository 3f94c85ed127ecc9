import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMib } from '../script';
import type { Cluster } from '../testing/cluster';
import { inspect, type Inspector } from '../testing/inspector';
import { residentBytes } from '../testing/processes';

/** What may be kept more over the second half than over the first. */
const FLAT_BYTES = 16 * 1024 * 1024;
const FEW = 4;

/** The memory of a cluster's gateways, looked at again and again. They were started with `INSPECTABLE`. */
export class Memory {
  /** Of each gateway, in bytes: what is left after its garbage was collected. */
  readonly kept: number[][];
  /** And what it has in RAM then, which V8 gives back when it likes. */
  readonly resident: number[][];

  private constructor(
    private readonly cluster: Cluster,
    private readonly inspectors: Inspector[],
  ) {
    this.kept = inspectors.map(() => []);
    this.resident = inspectors.map(() => []);
  }

  static async of(cluster: Cluster): Promise<Memory> {
    const inspectors = cluster.gateways.map((_, i) => {
      const log = join(cluster.dir, 'logs', `gateway-${String(i + 1)}.log`);
      return inspect({ pid: cluster.pid(i), output: () => readFileSync(log, 'utf8') });
    });
    return new Memory(cluster, await Promise.all(inspectors));
  }

  async look(): Promise<void> {
    for (const [i, inspector] of this.inspectors.entries()) {
      await inspector.collectGarbage();
      const { heapUsed, external } = await inspector.memoryUsage();
      this.kept[i]?.push(heapUsed + external);
      this.resident[i]?.push(residentBytes(this.cluster.pid(i)));
    }
  }

  /** Gateways that went on growing: whose most of the second half is above that of the first. The first look ends the warm-up. */
  growth(): string[] {
    return this.kept.flatMap((looks, i) => {
      if (looks.length < FEW) return [];
      const middle = Math.ceil(looks.length / 2);
      const first = Math.max(...looks.slice(0, middle));
      if (Math.max(...looks.slice(middle)) <= first + FLAT_BYTES) return [];
      return [`gateway-${String(i + 1)} has grown: ${looks.map(inMib).join(', ')}`];
    });
  }

  /** Of each gateway after the warm-up, after half of it and at the end. */
  summary(): string[] {
    return this.kept.map((kept, i) => {
      const told = (of: number[]) =>
        [of[0], of[Math.ceil(of.length / 2) - 1], of.at(-1)].map((it) => inMib(it ?? 0)).join(', ');
      return `gateway-${String(i + 1)}: ${told(kept)} kept; ${told(this.resident[i] ?? [])} resident`;
    });
  }

  close(): void {
    for (const inspector of this.inspectors) inspector.close();
  }
}
