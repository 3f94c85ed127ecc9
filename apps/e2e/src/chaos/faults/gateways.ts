import { drain, servesAfter } from '../../testing/gateways';
import { kill } from '../../testing/processes';
import { allGateways, anyGateway, between, inSeconds, last, nameOf, type Kind } from './fault';

export const GATEWAY_KINDS: readonly Kind[] = [
  {
    id: 'gateway-kill',
    what: 'one gateway is killed (SIGKILL) and started again',
    plan: (scene, random) => {
      const gateway = anyGateway(scene, random);
      let pid = 0;
      return {
        what: `${nameOf(gateway)} killed`,
        gateways: [gateway],
        make: () => {
          pid = scene.cluster.pid(gateway);
          kill(pid);
          return Promise.resolve();
        },
        servesAgain: () => servesAfter(pid, { ...scene, gateway }),
      };
    },
  },
  {
    id: 'gateway-stop',
    what: 'one gateway is stopped (SIGSTOP) for 1 to 20 s',
    plan: (scene, random) => {
      const gateway = anyGateway(scene, random);
      const ms = between(random, 1, 20);
      return {
        what: `${nameOf(gateway)} stopped for ${inSeconds(ms)}`,
        gateways: [gateway],
        make: async () => {
          const pid = scene.cluster.pid(gateway);
          kill(pid, 'SIGSTOP');
          await last(ms, {
            scene,
            undo: () => {
              kill(pid, 'SIGCONT');
            },
          });
        },
      };
    },
  },
  {
    id: 'gateway-term',
    what: 'one gateway is asked to end (SIGTERM) and started again',
    plan: (scene, random) => {
      const gateway = anyGateway(scene, random);
      let pid = 0;
      return {
        what: `${nameOf(gateway)} drained`,
        gateways: [gateway],
        make: async () => {
          ({ pid } = await drain(scene.cluster, gateway));
        },
        servesAgain: () => servesAfter(pid, { ...scene, gateway }),
      };
    },
  },
  {
    id: 'rolling',
    what: 'each gateway is asked to end, the next one when the one before takes traffic again',
    plan: (scene) => ({
      what: 'all gateways drained, one after another',
      gateways: allGateways(scene),
      make: async () => {
        for (const gateway of allGateways(scene)) {
          const { pid } = await drain(scene.cluster, gateway);
          await servesAfter(pid, { ...scene, gateway });
        }
      },
    }),
  },
];
