import { setTimeout as delay } from 'node:timers/promises';
import { RawClient } from '../../testing/raw-client';
import { waitFor } from '../../testing/wait-for';
import { anyGateway, between, inSeconds, nameOf, type Kind, type Scene } from './fault';

const MOVED_MS = 60_000;

/** Resolves when the gateway's own word for the time is `ms` off. */
async function isOff(ms: number, scene: Scene, gateway: number): Promise<void> {
  await waitFor(
    async () => {
      const client = await RawClient.open(scene.cluster.gateway(gateway));
      const off = client.welcome.now - Date.now();
      client.drop();
      return Math.abs(off - ms) < MOVED_MS / 2;
    },
    { what: `the clock of ${nameOf(gateway)} is ${inSeconds(ms)} off`, everyMs: 50 },
  );
}

export const CLOCK_KIND: Kind = {
  id: 'clock',
  what: `one gateway's clock is a minute ahead or behind for 2 to 8 s`,
  plan: (scene, random) => {
    const gateway = anyGateway(scene, random);
    const offMs = random.isTrue() ? MOVED_MS : -MOVED_MS;
    const ms = between(random, 2, 8);
    return {
      what: `the clock of ${nameOf(gateway)} a minute ${offMs > 0 ? 'ahead' : 'behind'} for ${inSeconds(ms)}`,
      gateways: [gateway],
      make: async () => {
        scene.clocks.set(gateway, offMs);
        try {
          await isOff(offMs, scene, gateway);
          await delay(ms, undefined, { signal: scene.signal });
        } finally {
          scene.clocks.set(gateway, 0);
          await isOff(0, scene, gateway);
        }
      },
    };
  },
};
