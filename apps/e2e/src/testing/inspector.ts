import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import WebSocket from 'ws';
import { z } from 'zod';
import { waitFor } from './wait-for';
import { hottest, Profile, type HotFunction } from './cpu-profile';

/**
 * For every measured process: no inspector runs until somebody asks for it by SIGUSR1, and then each has a port of its own. Until
 * then it costs nothing.
 */
export const INSPECTABLE = '--inspect-port=127.0.0.1:0';

const Reply = z.object({
  id: z.int(),
  error: z.object({ message: z.string() }).optional(),
  result: z.unknown(),
});

/** A Node process that was started with `INSPECTABLE`. */
interface Inspectable {
  pid: number;
  /** What it has said on standard error, among other things. */
  output: () => string;
}

export interface Recording {
  /** Writes it for Chrome's DevTools, and tells what took the most time. */
  end: () => Promise<HotFunction[]>;
}

/** What can be asked of a process. */
export interface Inspector {
  /** All that nobody holds any more is freed. */
  collectGarbage: () => Promise<void>;
  /** As `process.memoryUsage()` of the process, in bytes. */
  memoryUsage: () => Promise<MemoryUsage>;
  close: () => void;
}

const MemoryUsage = z.object({ heapUsed: z.int(), external: z.int() });
type MemoryUsage = z.infer<typeof MemoryUsage>;

/** The inspector's protocol: a method's result. @throws {Error} where the process refuses it. */
type Call = (method: string, params?: object) => Promise<unknown>;

async function attach({ pid, output }: Inspectable): Promise<{ socket: WebSocket; call: Call }> {
  process.kill(pid, 'SIGUSR1');
  const url = await waitFor(
    () => [...output().matchAll(/^Debugger listening on (ws:\S+)$/gm)].at(-1)?.[1],
    {
      what: 'the inspector listens',
    },
  );
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  let lastId = 0;
  const call: Call = async (method, params = {}) => {
    const id = ++lastId;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer];
      const reply = Reply.safeParse(JSON.parse(data.toString()));
      // Without an id it is an event.
      if (!reply.success || reply.data.id !== id) continue;
      if (reply.data.error) throw new Error(`${method}: ${reply.data.error.message}`);
      return reply.data.result;
    }
  };
  return { socket, call };
}

/** Looks into a process. */
export async function inspect(process: Inspectable): Promise<Inspector> {
  const { socket, call } = await attach(process);
  return {
    collectGarbage: async () => {
      await call('HeapProfiler.collectGarbage');
    },
    memoryUsage: async () => {
      const expression = 'process.memoryUsage()';
      const reply = await call('Runtime.evaluate', { expression, returnByValue: true });
      return z.object({ result: z.object({ value: MemoryUsage }) }).parse(reply).result.value;
    },
    close: () => {
      socket.terminate();
    },
  };
}

/** Records a CPU profile of a process until `end`, which writes it to `file`. */
export async function record(process: Inspectable, file: string): Promise<Recording> {
  const { socket, call } = await attach(process);
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: 500 });
  await call('Profiler.start');
  return {
    end: async () => {
      const { profile } = z.object({ profile: Profile }).parse(await call('Profiler.stop'));
      socket.terminate();
      writeFileSync(file, JSON.stringify(profile));
      return hottest(profile);
    },
  };
}
