import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../testing/random';
import type { PathState, TcpProxy } from '../paths/tcp-proxy';
import { anyGateway, between, inSeconds, last, nameOf, type Kind, type Scene } from './fault';

const DELAY_MS = 500;
/** A connection on which nothing is carried for so long is reset all the same. */
const RESET_WITHIN_MS = 1_000;
const RESETS_MAX = 3;

const CUTS: readonly { state: Exclude<PathState, 'open'>; how: string }[] = [
  { state: 'refused', how: 'cut' },
  { state: 'hung', how: 'hung' },
  { state: 'deaf', how: 'without answers' },
];

interface Server {
  id: 'redis' | 'mysql';
  name: string;
}

/** One gateway's path, and what to call it. */
function anyPath(server: Server, scene: Scene, random: Random) {
  const gateway = anyGateway(scene, random);
  const path = scene[server.id][gateway] as TcpProxy;
  return { path, gateways: [gateway], name: `${nameOf(gateway)}'s path to ${server.name}` };
}

function cut(server: Server): Kind {
  return {
    id: `${server.id}-cut`,
    what: `one gateway's path to ${server.name} refuses, hangs, or gives no answers for 1 to 10 s`,
    plan: (scene, random) => {
      const { path, gateways, name } = anyPath(server, scene, random);
      const { state, how } = random.one(CUTS);
      const ms = between(random, 1, 10);
      return {
        what: `${name} ${how} for ${inSeconds(ms)}`,
        gateways,
        make: async () => {
          await path.set(state);
          await last(ms, { scene, undo: () => path.set('open') });
        },
      };
    },
  };
}

function slow(server: Server): Kind {
  return {
    id: `${server.id}-delay`,
    what: `one gateway's path to ${server.name} takes ${String(DELAY_MS)} ms longer each way for 2 to 8 s`,
    plan: (scene, random) => {
      const { path, gateways, name } = anyPath(server, scene, random);
      const ms = between(random, 2, 8);
      return {
        what: `${name} slower by ${String(DELAY_MS)} ms each way for ${inSeconds(ms)}`,
        gateways,
        make: async () => {
          path.delay(DELAY_MS);
          await last(ms, {
            scene,
            undo: () => {
              path.delay(0);
            },
          });
        },
      };
    },
  };
}

function reset(server: Server): Kind {
  return {
    id: `${server.id}-reset`,
    what: `one gateway's connections to ${server.name} are reset in the middle of a frame, up to ${String(RESETS_MAX)} times`,
    plan: (scene, random) => {
      const { path, gateways, name } = anyPath(server, scene, random);
      const rounds = Array.from({ length: 1 + random.below(RESETS_MAX) }, () => ({
        direction: random.isTrue() ? ('asked' as const) : ('answered' as const),
        thenMs: between(random, 0.1, 1),
      }));
      const how = rounds
        .map(({ direction }) => (direction === 'asked' ? 'a question' : 'an answer'))
        .join(', ');
      return {
        what: `${name} reset in the middle of ${how}`,
        gateways,
        make: async () => {
          for (const { direction, thenMs } of rounds) {
            await path.reset(direction, RESET_WITHIN_MS);
            await delay(thenMs, undefined, { signal: scene.signal });
          }
        },
      };
    },
  };
}

const SERVERS: readonly Server[] = [
  { id: 'redis', name: 'Redis' },
  { id: 'mysql', name: 'the database' },
];

export const PATH_KINDS: readonly Kind[] = SERVERS.flatMap((it) => [cut(it), slow(it), reset(it)]);
