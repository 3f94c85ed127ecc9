import { kill } from '../../testing/processes';
import { waitFor } from '../../testing/wait-for';
import {
  allGateways,
  anyGateway,
  between,
  inSeconds,
  last,
  nameOf,
  type Kind,
  type Scene,
} from './fault';

/** A drain ends within this, whatever its clients do. */
const DRAIN_MS = 30_000;
const START_MS = 30_000;

/** Resolves when another process than `pid` is the gateway, and takes traffic. */
async function servesAfter(pid: number, scene: Scene, gateway: number): Promise<void> {
  const { cluster } = scene;
  await waitFor(
    async () => {
      scene.signal.throwIfAborted();
      const now = cluster.pids.gateways[gateway];
      if (typeof now !== 'number' || now === pid) return false;
      const reply = await fetch(`${cluster.gateway(gateway)}/readyz`, {
        signal: AbortSignal.timeout(2_000),
      });
      await reply.body?.cancel();
      return reply.ok;
    },
    { what: `${nameOf(gateway)} takes traffic again`, timeoutMs: START_MS, everyMs: 50 },
  );
}

/** Asks it to end; resolves with its number when it has. */
async function drain(scene: Scene, gateway: number): Promise<number> {
  const pid = scene.cluster.pid(gateway);
  kill(pid, 'SIGTERM');
  await waitFor(() => scene.cluster.pids.gateways[gateway] !== pid, {
    what: `${nameOf(gateway)} ends after SIGTERM`,
    timeoutMs: DRAIN_MS,
  });
  return pid;
}

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
        servesAgain: () => servesAfter(pid, scene, gateway),
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
          pid = await drain(scene, gateway);
        },
        servesAgain: () => servesAfter(pid, scene, gateway),
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
          await servesAfter(await drain(scene, gateway), scene, gateway);
        }
      },
    }),
  },
];
