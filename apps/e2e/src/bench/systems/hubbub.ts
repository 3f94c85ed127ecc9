import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../../testing/api';
import { Cluster } from '../../testing/cluster';
import { senderName } from '../load/workload';
import { INSPECTABLE, record } from '../../testing/inspector';
import { ProcessGroup } from './process-group';
import type { RunningSystem, StartOptions, System } from './system';
import { metricsOf } from '../../testing/metrics';
import { Turns } from './turns';

/** Calls of the REST interface that are under way at a time. */
const CALLS_AT_ONCE = 16;

/**
 * Every message to every viewer, as the peers do it: a viewer's budget leaves out of a busy room what nobody could read. What a
 * case sets itself counts more.
 */
const SETTINGS = { VIEWER_BUDGET: '0' };

/** Rooms, and the tokens of those who speak in them. */
interface Places {
  rooms: string[];
  tokens: string[];
}

/** Gateways with Redis and a database that flushes at each commit, as `npm run cluster` starts them, and no load balancer between. */
function hubbub(
  facts: Pick<System, 'id' | 'name'>,
  dialect: 'room' | 'pusher',
  prepare: (cluster: Cluster, options: StartOptions) => Promise<Places>,
): System {
  return {
    ...facts,
    isClustered: true,
    canCompress: true,
    start: async (options) => {
      const { servers, env, signal, progress } = options;
      progress(`starts a database, Redis and ${String(servers)} of ${facts.name}`);
      signal.throwIfAborted();
      const dir = mkdtempSync(join(tmpdir(), 'hubbub-bench-'));
      // One that has a core waits for none; and a tick each 10 ms would be a good part of what an idle one does.
      const turns = servers > 1 ? new Turns(join(dir, 'turns')) : null;
      const watched = turns?.envWith(INSPECTABLE) ?? { NODE_OPTIONS: INSPECTABLE };
      const settings = { ...SETTINGS, ...watched, ...env };
      const cluster = await Cluster.start({ gateways: servers, env: settings }, dir);
      try {
        const { rooms, tokens } = await prepare(cluster, options);
        const { isCompressed } = options;
        const ports = cluster.gateways.map((url) => Number(new URL(url).port));
        const target = { dialect, ports, rooms, tokens, isCompressed };
        return running(cluster, { dir, turns }, target);
      } catch (error) {
        await cluster.stop();
        throw error;
      }
    },
  };
}

function running(
  cluster: Cluster,
  { dir, turns }: { dir: string; turns: Turns | null },
  target: RunningSystem['target'],
): RunningSystem {
  const first = cluster.pid(0);
  const group = new ProcessGroup({
    servers: cluster.gateways.map((_, index) => cluster.pid(index)),
    redis: cluster.pid('redis'),
    database: cluster.pid('mysql'),
  });
  return {
    target,
    usage: () => group.usage(),
    bytesAtRest: () => group.bytesAtRest(),
    stalls: async () => ({
      longestMs: Math.max(...(await Promise.all(cluster.gateways.map(longestStallMs)))),
      mostWorkMs: turns && turns.takeLongest(),
    }),
    profile: (file) => {
      const output = () => readFileSync(join(dir, 'logs/gateway-1.log'), 'utf8');
      return record({ pid: first, output }, file);
    },
    isAlive: () => group.isAlive(),
    stop: () => cluster.stop(),
  };
}

async function longestStallMs(url: string): Promise<number> {
  const metric = await metricsOf(url);
  return metric('hubbub_loop_stall_seconds') * 1_000;
}

export const rooms: System = hubbub(
  { id: 'hubbub', name: 'Hubbub' },
  'room',
  async (cluster, { rooms: roomCount, senders, signal, progress }) => {
    const api = new Api(cluster.gateway(0), cluster.adminToken);
    const owner = await api.account();
    progress(`opens ${String(roomCount)} rooms`);
    const rooms = await several(roomCount, signal, () => api.room(owner));
    progress(`signs in ${String(senders)} senders`);
    const bots = await several(senders, signal, (index) => api.bot(senderName(index)));
    return { rooms, tokens: bots.map(({ token }) => token) };
  },
);

export const pusherChannels: System = hubbub(
  { id: 'hubbub-pusher', name: 'Hubbub, Pusher channel' },
  'pusher',
  (_cluster, { rooms: count }) =>
    Promise.resolve({
      rooms: Array.from({ length: count }, (_, index) => `channel-${String(index)}`),
      tokens: [],
    }),
);

/** What `count` calls of `make` give, some of them under way at a time. */
async function several<T>(
  count: number,
  signal: AbortSignal,
  make: (index: number) => Promise<T>,
): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      signal.throwIfAborted();
      const index = next++;
      made[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
  return made;
}
