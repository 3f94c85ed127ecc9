import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { z } from 'zod';
import type { Cluster } from '../testing/cluster';
import { waitFor } from '../testing/wait-for';

const Reply = z.object({ id: z.int(), result: z.unknown() });
const Value = z.object({ result: z.object({ value: z.number() }) });
const ADDRESS = /^Debugger listening on (ws:\S+)$/gm;
const USED = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';

/** A gateway that can be told to collect its garbage. */
export class Inspected {
  #lastId = 0;

  private constructor(private readonly socket: WebSocket) {}

  /** Of a cluster whose gateways were started with `INSPECTABLE`. */
  static async open(cluster: Cluster, index: number): Promise<Inspected> {
    const log = join(cluster.dir, 'logs', `gateway-${String(index + 1)}.log`);
    process.kill(cluster.pid(index), 'SIGUSR1');
    const url = await waitFor(() => [...readFileSync(log, 'utf8').matchAll(ADDRESS)].at(-1)?.[1], {
      what: 'the inspector listens',
    });
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Inspected(socket);
  }

  /** In bytes, of the heap and outside of it, after all garbage is collected. */
  async keptBytes(): Promise<number> {
    await this.#call('HeapProfiler.collectGarbage');
    const { result } = Value.parse(await this.#call('Runtime.evaluate', { expression: USED }));
    return result.value;
  }

  close(): void {
    this.socket.terminate();
  }

  async #call(method: string, params = {}): Promise<unknown> {
    const id = ++this.#lastId;
    this.socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [data] = (await once(this.socket, 'message')) as [Buffer];
      const reply = Reply.safeParse(JSON.parse(data.toString()));
      // Without an id it is an event.
      if (reply.success && reply.data.id === id) return reply.data.result;
    }
  }
}
