import { kill } from '../../testing/processes';
import { waitFor } from '../../testing/wait-for';
import { allGateways, between, inSeconds, last, type Kind, type Scene } from './fault';
import { answersMysql, answersRedis } from './answers';

interface Server {
  id: 'redis' | 'mysql';
  name: string;
  answers: (url: string) => Promise<boolean>;
  /** How it comes back after a kill. */
  back: string;
}

const SERVERS: readonly Server[] = [
  { id: 'redis', name: 'Redis', answers: answersRedis, back: 'starts again, empty' },
  { id: 'mysql', name: 'the database', answers: answersMysql, back: 'starts again' },
];

const START_MS = 60_000;
const PAUSE_SECONDS = { from: 1, to: 10 };

async function servesAfter(pid: number, scene: Scene, { id, name, answers }: Server) {
  const { cluster } = scene;
  await waitFor(
    () => {
      if (scene.signal.aborted) return true;
      const now = cluster.pids[id];
      return now !== null && now !== pid && answers(cluster[id]);
    },
    { what: `${name} answers again`, timeoutMs: START_MS, everyMs: 50 },
  );
  scene.signal.throwIfAborted();
}

function kindsOf(server: Server): Kind[] {
  const { id, name, back } = server;
  return [
    {
      id: `${id}-kill`,
      what: `${name} is killed, and ${back}`,
      plan: (scene) => {
        let pid = 0;
        return {
          what: `${name} killed`,
          gateways: allGateways(scene),
          make: () => {
            pid = scene.cluster.pid(id);
            kill(pid);
            return Promise.resolve();
          },
          servesAgain: () => servesAfter(pid, scene, server),
        };
      },
    },
    {
      id: `${id}-pause`,
      what: `${name} is stopped (SIGSTOP) for ${String(PAUSE_SECONDS.from)} to ${String(PAUSE_SECONDS.to)} s`,
      plan: (scene, random) => {
        const ms = between(random, PAUSE_SECONDS.from, PAUSE_SECONDS.to);
        return {
          what: `${name} stopped for ${inSeconds(ms)}`,
          gateways: allGateways(scene),
          make: async () => {
            const pid = scene.cluster.pid(id);
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
  ];
}

export const SERVER_KINDS: readonly Kind[] = SERVERS.flatMap(kindsOf);
