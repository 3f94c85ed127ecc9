import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSPECTABLE, inspect, type Inspector } from '../../testing/inspector';
import { inMib } from '../../script';
import { residentBytes } from '../../testing/processes';
import { crowdProblems, crowdRow, inMs } from '../figures';
import { pass } from '../gateways';
import { SlowSocket } from '../slow-socket';
import { Stage } from '../stage';
import type { Case, Circumstances, Outcome, Rows, Sizes } from './case';

const FAST = 20;
const WRITERS = 10;
const PER_SECOND = 200;
/** 800 bytes each: what is short would fit into the system's own buffers of a socket for minutes. */
const FILLER = '🚀'.repeat(190);
const BYTES_PER_SECOND = 1_024;
const COST_MAX_BYTES = 2 * 1024 * 1024;
/** What the machine does besides may hold up a hundredth of the messages. */
const P99_RATIO_MAX = 2;
const P99_MORE_MS = 20;
const WARM_UP_SECONDS = 15;
const LOOKS = 3;
const LOOK_EVERY_MS = 1_000;

interface Memory {
  heapBytes: number;
  /** Buffers. */
  externalBytes: number;
  residentBytes: number;
}

/** The least of a few looks, each right after the garbage was collected: what is there in any case. */
async function memoryOf(pid: number, inspector: Inspector, signal: AbortSignal): Promise<Memory> {
  const looks: Memory[] = [];
  while (looks.length < LOOKS) {
    await inspector.collectGarbage();
    const { heapUsed, external } = await inspector.memoryUsage();
    looks.push({
      heapBytes: heapUsed,
      externalBytes: external,
      residentBytes: residentBytes(pid),
    });
    await pass(LOOK_EVERY_MS, signal);
  }
  const least = (of: keyof Memory) => Math.min(...looks.map((it) => it[of]));
  return {
    heapBytes: least('heapBytes'),
    externalBytes: least('externalBytes'),
    residentBytes: least('residentBytes'),
  };
}

async function measure(circumstances: Circumstances): Promise<Outcome> {
  const { sizes, signal, progress } = circumstances;
  const first = ({ gateways: [url = ''] }: { gateways: string[] }) => [url];
  const second = ({ gateways: [, url = ''] }: { gateways: string[] }) => [url];
  const setting = {
    ...circumstances,
    audience: { viewers: FAST, rooms: 1, doors: first },
    // Commits are another gateway's work.
    talk: { writers: WRITERS, perSecond: PER_SECOND, doors: second, filler: FILLER },
    env: { NODE_OPTIONS: INSPECTABLE },
  };
  return Stage.with(setting, async (stage) => {
    const { cluster, crowd } = stage;
    const [room = ''] = stage.rooms;
    const pid = cluster.pid(0);
    const inspector = await inspect({
      pid,
      output: () => readFileSync(join(cluster.dir, 'logs/gateway-1.log'), 'utf8'),
    });
    try {
      const span = async (what: string, seconds = sizes.seconds) => {
        progress(what);
        await crowd.begin();
        await pass(seconds * 1_000, signal);
        const told = await crowd.tell();
        return { told, memory: await memoryOf(pid, inspector, signal) };
      };
      // The first is for the code to become fast, and for what a gateway keeps of a room to be there.
      await span('warms up', Math.min(sizes.seconds, WARM_UP_SECONDS));
      const without = await span('nobody reads slowly');
      const slow = await SlowSocket.open(cluster.gateway(0), {
        room,
        after: stage.writers.heads[room] ?? 0,
        bytesPerSecond: BYTES_PER_SECOND,
      });
      const withSlow = await span('one reads at 1 KB/s');
      progress('the slow one reads all that is left');
      const { told, problems } = await stage.end();
      const head = stage.writers.heads[room] ?? 0;
      const ended = await slow.readOn(head);
      problems.push(...ended.problems);
      const more = (of: keyof Memory) => withSlow.memory[of] - without.memory[of];
      const cost = more('heapBytes') + more('externalBytes');
      if (cost >= COST_MAX_BYTES) problems.push(`the slow one costs ${inMib(cost)}`);
      const [p99, p99With] = [without.told.seen.p99 ?? NaN, withSlow.told.seen.p99 ?? NaN];
      if (!(p99With < p99 * P99_RATIO_MAX || p99With < p99 + P99_MORE_MS))
        problems.push(`the others' p99 is ${inMs(p99With)}, and ${inMs(p99)} without it`);
      const rows: Rows = [
        ['messages, of some 900 bytes', String(stage.writers.count)],
        [
          'read slowly, and then at once',
          `${(ended.slowBytes / 1024).toFixed(0)} KiB, ${inMib(ended.fastBytes)}`,
        ],
        ['what it costs the gateway: heap and buffers', inMib(cost)],
        ['  of it heap', inMib(more('heapBytes'))],
        ['  of it buffers', inMib(more('externalBytes'))],
        ['  (the process grew by, with what the system leaves it)', inMib(more('residentBytes'))],
        [
          'fast readers p99: without, with it',
          `${inMs(p99)}, ${inMs(p99With)} (× ${(p99With / p99).toFixed(2)})`,
        ],
        ['the slow one was given', `${String(ended.given)} of ${String(head)}`],
        ['  was told that it was not given', String(ended.omitted)],
        ['  was closed with', ended.closed === null ? 'was not closed' : String(ended.closed)],
        ['  lacks after it has paged and come back', String(ended.lacking)],
        crowdRow(told),
      ];
      return { rows, problems: [...problems, ...crowdProblems(told)] };
    } finally {
      inspector.close();
    }
  });
}

export const slowReader: Case = {
  id: 'slow-reader',
  title: ({ seconds }: Sizes) =>
    `one viewer reads 1 KB/s for ${String(seconds)} s in a room of ${String(PER_SECOND)} messages a second`,
  measure,
};
