import { waitFor } from '../../testing/wait-for';
import { BATCH, publishByClock, RedisNode, Subscribers } from './redis-node';
import { count, microseconds, type Simulation, type Tools } from './simulation';

const CHANNEL = 'hubbub:room:1';
const PER_SECOND = 200;
const GATEWAYS = [10, 100, 500];

/** A tier between: so many servers, each with its share of the gateways. */
const RELAYS = 10;

/** One room on so many gateways: each of them is a subscriber of its channel. */
export const redisFanOut: Simulation = {
  id: 'model-redis',
  title: `One busy room on many gateways: ${String(PER_SECOND)} publications a second of 400 bytes in one channel`,
  run: async (tools) => {
    const rows: string[][] = [];
    let atMost = 0;
    for (const gateways of GATEWAYS) {
      tools.progress(`one Redis, ${String(gateways)} subscribers`);
      const redis = await RedisNode.start(tools);
      const subscribers = tools.own(new Subscribers());
      await subscribers.open(redis.server.port, { count: gateways, channels: [CHANNEL] });
      const [used] = await publish(tools, redis, { subscribers, measured: [redis] });
      rows.push(row('one Redis', gateways, { root: used ?? 0, relay: null }));
      atMost = used ?? 0;
      await subscribers.stop();
    }
    const gateways = GATEWAYS.at(-1) ?? 0;
    tools.progress(`${String(RELAYS)} replicas, ${String(gateways)} subscribers`);
    const { root, relays, subscribers } = await startTree(tools, gateways);
    const [atRoot = 0, atRelay = 0] = await publish(tools, root, {
      subscribers,
      measured: [root, ...relays.slice(0, 1)],
    });
    rows.push(row(`${String(RELAYS)} replicas of it`, gateways, { root: atRoot, relay: atRelay }));
    return {
      columns: [
        '',
        'subscribers',
        'CPU for one publication',
        'for each subscriber',
        'a core is full at',
        'CPU at each replica',
      ],
      rows,
      facts: {
        redisPerSubscriber: (atMost * 1_000) / gateways,
        redisPerReplica: (atRoot * 1_000) / RELAYS,
      },
    };
  },
};

/** Redis hands publications on to its replicas: those are the relays here, and gateways subscribe there. */
async function startTree(tools: Tools, gateways: number) {
  // A replica that comes is not waited for, as if more would come.
  const root = await RedisNode.start(tools, () => ['--repl-diskless-sync-delay', '0']);
  const subscribers = tools.own(new Subscribers());
  const relays: RedisNode[] = [];
  for (let i = 0; i < RELAYS; i++) {
    const relay = await RedisNode.start(tools, () => [
      '--replicaof',
      '127.0.0.1',
      String(root.server.port),
    ]);
    await waitFor(
      async () => (await relay.redis.info('replication')).includes('master_link_status:up'),
      {
        what: 'the replica follows',
        timeoutMs: 30_000,
        everyMs: 100,
      },
    );
    await subscribers.open(relay.server.port, { count: gateways / RELAYS, channels: [CHANNEL] });
    relays.push(relay);
  }
  return { root, relays, subscribers };
}

/** CPU in ms for one publication at each of the servers that are measured. */
async function publish(
  { sizes }: Tools,
  root: RedisNode,
  { subscribers, measured }: { subscribers: Subscribers; measured: readonly RedisNode[] },
): Promise<number[]> {
  const send = () => root.redis.publish(CHANNEL, BATCH);
  const load = { perSecond: PER_SECOND, seconds: sizes.seconds };
  await publishByClock({ ...load, seconds: 1 }, { send, subscribers });
  const before = measured.map((it) => it.cpuMs());
  const total = await publishByClock(load, { send, subscribers });
  return measured.map((it, index) => (it.cpuMs() - (before[index] ?? 0)) / total);
}

function row(
  what: string,
  gateways: number,
  { root, relay }: { root: number; relay: number | null },
): string[] {
  return [
    what,
    count(gateways),
    microseconds(root, 1, 0),
    microseconds(root, gateways),
    `${count(1_000 / root)}/s`,
    relay === null ? '–' : microseconds(relay, 1, 0),
  ];
}
