import { inMib } from '../script';
import type { Cluster } from '../testing/cluster';
import { residentBytes } from '../testing/processes';
import { Inspected } from './inspected';

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
    private readonly inspected: Inspected[],
  ) {
    this.kept = inspected.map(() => []);
    this.resident = inspected.map(() => []);
  }

  static async of(cluster: Cluster): Promise<Memory> {
    const names = cluster.gateways.map((_, i) => i);
    return new Memory(cluster, await Promise.all(names.map((i) => Inspected.open(cluster, i))));
  }

  async look(): Promise<void> {
    for (const [i, inspected] of this.inspected.entries()) {
      this.kept[i]?.push(await inspected.keptBytes());
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
    for (const inspected of this.inspected) inspected.close();
  }
}
