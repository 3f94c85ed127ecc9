import { between, inSeconds, last, type Kind } from './fault';

const VANISH_MAX = 4;

export const CLIENT_KINDS: readonly Kind[] = [
  {
    id: 'clients-vanish',
    what: `up to ${String(VANISH_MAX)} clients drop their sockets without a close`,
    plan: (scene, random) => {
      const count = 1 + random.below(VANISH_MAX);
      return {
        what: `${String(count)} ${count === 1 ? 'client' : 'clients'} vanished`,
        gateways: [],
        make: () => {
          scene.clients.vanish(count);
          return Promise.resolve();
        },
      };
    },
  },
  {
    id: 'slow-viewer',
    what: 'one viewer stops reading for 2 to 10 s',
    plan: (scene, random) => {
      const ms = between(random, 2, 10);
      return {
        what: `a viewer reads nothing for ${inSeconds(ms)}`,
        gateways: [],
        make: async () => {
          scene.clients.stall(ms);
          // It reads again by itself.
          await last(ms, { scene, undo: () => undefined });
        },
      };
    },
  },
];
