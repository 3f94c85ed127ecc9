import type { DialectName } from '../load/wire';
import { record } from '../../testing/inspector';
import { ProcessGroup } from './process-group';
import { REDIS_PLAN, ServerProcess, type ServerPlan } from './server-process';
import type { RunningSystem, StartOptions, System } from './system';

/** What a peer's processes are to be started with. */
export interface PeerOptions {
  /** The folder whose `node_modules` has its libraries. */
  libraries: string;
  isCompressed: boolean;
  /** Where several processes meet; null: there is one. */
  redisPort: number | null;
}

export interface Peer extends Omit<System, 'start'> {
  dialect: DialectName;
  /** The folder whose `node_modules` has its libraries, once they are there. */
  prepare: (options: StartOptions) => Promise<string>;
  plan: (options: PeerOptions) => ServerPlan;
}

/** One of those that Hubbub is compared with: processes of one program, and Redis where there are several. */
export function peer({ dialect, prepare, plan, ...facts }: Peer): System {
  return {
    ...facts,
    start: async (options) => {
      const { servers: count, isCompressed, signal, progress } = options;
      if (count > 1 && !facts.isClustered) throw new Error(`${facts.name} is one process`);
      if (isCompressed && !facts.canCompress) throw new Error(`${facts.name} does not compress`);
      const libraries = await prepare(options);
      progress(`starts ${facts.name}`);
      const started: ServerProcess[] = [];
      const stop = async () => {
        for (let next = started.pop(); next; next = started.pop()) await next.stop();
      };
      const start = async (what: ServerPlan) => {
        const process = await ServerProcess.start(what, signal);
        started.push(process);
        return process;
      };
      try {
        const redis = count > 1 ? await start(REDIS_PLAN) : null;
        const own = plan({ libraries, isCompressed, redisPort: redis?.port ?? null });
        const servers: ServerProcess[] = [];
        while (servers.length < count) servers.push(await start(own));
        return running({ dialect, options, servers, redis, stop });
      } catch (error) {
        await stop();
        throw error;
      }
    },
  };
}

interface Running {
  dialect: DialectName;
  options: StartOptions;
  servers: ServerProcess[];
  redis: ServerProcess | null;
  stop: () => Promise<void>;
}

function running({ dialect, options, servers, redis, stop }: Running): RunningSystem {
  const group = new ProcessGroup({
    servers: servers.map(({ pid }) => pid),
    redis: redis?.pid ?? null,
    database: null,
  });
  return {
    target: {
      dialect,
      ports: servers.map(({ port }) => port),
      rooms: Array.from({ length: options.rooms }, (_, index) => `room-${String(index)}`),
      tokens: [],
      isCompressed: options.isCompressed,
    },
    usage: () => group.usage(),
    bytesAtRest: () => group.bytesAtRest(),
    stalls: () => Promise.resolve(null),
    profile: (file) => {
      const [first] = servers;
      if (!first) throw new Error('there is no server');
      return record({ pid: first.pid, output: () => first.output() }, file);
    },
    isAlive: () => group.isAlive(),
    stop,
  };
}
