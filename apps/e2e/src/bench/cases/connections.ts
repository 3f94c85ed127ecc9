import { setTimeout as delay } from 'node:timers/promises';
import { ALONE, type Case } from './case';
import { cores, per, stallFigures } from './outcomes';

/** Before connecting is measured: so many have connected already. */
const WARM_UP_CONNECTS = 2_000;

/** Comes first: the memory of a server that has worked is not what its connections need. */
const idle: Case = {
  id: 'idle',
  title: ({ idle: count }) => `${count.toLocaleString('en')} joined connections, nothing going on`,
  needs: ALONE,
  rooms: 1,
  isFor: () => true,
  figures: ['bytesPerConnection', 'serverCore', 'longestStall'],
  measure: async (stage) => {
    const { running, sizes } = stage;
    const before = await running.bytesAtRest();
    const target = stage.target();
    await stage.watch(target, sizes.idle);
    const bytes = (await running.bytesAtRest()) - before;
    const { used } = await stage.measure('rests', () => delay(sizes.seconds * 1_000));
    return {
      figures: {
        bytesPerConnection: per(bytes, sizes.idle),
        serverCore: cores(used).serverCore ?? null,
        ...stallFigures(used),
      },
      problems: [],
    };
  },
};

const connect: Case = {
  id: 'connect',
  title: ({ connects }) =>
    `${connects.toLocaleString('en')} connect and join, as fast as the server takes them`,
  needs: ALONE,
  rooms: 1,
  isFor: () => true,
  figures: ['connectsPerSecond', 'cpuPerConnect', 'longestStall', 'loadCpuPerConnect'],
  measure: async (stage) => {
    const { connects } = stage.sizes;
    const target = stage.target();
    await stage.empty();
    await stage.watch(target, Math.min(WARM_UP_CONNECTS, connects));
    await stage.empty();
    const { result, used } = await stage.measure('connects', () => stage.watch(target, connects));
    return {
      figures: {
        connectsPerSecond: per(result.opened * 1_000, result.tookMs),
        cpuPerConnect: per(used.serverCpuMs * 1_000, result.opened),
        ...stallFigures(used),
        loadCpuPerConnect: per(result.cpuMs * 1_000, result.opened),
      },
      problems:
        result.opened === connects
          ? []
          : [`${String(result.opened)} of ${String(connects)} connected`],
    };
  },
};

export const CONNECTIONS: readonly Case[] = [idle, connect];
