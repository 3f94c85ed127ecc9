import { waitFor } from '../../testing/wait-for';
import { BATCH, publishAtOnce, RedisNode, Subscribers } from './redis-node';
import { count, microseconds, type Simulation, type Tools } from './simulation';

const NODES = 3;
const SLOTS = 16_384;
const CHANNELS = 1_000;
/** Unanswered at each node: so many come in one read, as they do from busy gateways. */
const IN_FLIGHT = 100;
/** Gateways, each of which has a connection to every node and has subscribed to all channels there are for it. */
const GATEWAYS = 3;

interface Cluster {
  nodes: RedisNode[];
  /** Of each channel, by its number: the node that has its slot. */
  owners: number[];
}

/** Many rooms on a Redis Cluster: PUBLISH goes to every node, SPUBLISH to the one that has the channel's slot. */
export const redisCluster: Simulation = {
  id: 'model-sharded',
  title: `${count(CHANNELS)} rooms on ${String(GATEWAYS)} gateways: publications of 400 bytes, ${String(IN_FLIGHT)} on their way to each node; one Redis and a Redis Cluster of ${String(NODES)}`,
  run: async (tools) => {
    const channels = Array.from({ length: CHANNELS }, (_, i) => `hubbub:room:${String(i)}`);
    tools.progress('one Redis');
    const single = await RedisNode.start(tools);
    const rows = [
      await measure(tools, {
        what: 'one Redis, PUBLISH',
        cluster: { nodes: [single], owners: channels.map(() => 0) },
        channels,
        isSharded: false,
      }),
    ];
    tools.progress(`a Redis Cluster of ${String(NODES)}`);
    const cluster = await startCluster(tools, channels);
    for (const isSharded of [false, true]) {
      const what = `Redis Cluster, ${isSharded ? 'SPUBLISH' : 'PUBLISH'}`;
      tools.progress(what);
      rows.push(await measure(tools, { what, cluster, channels, isSharded }));
    }
    return {
      columns: [
        '',
        'CPU for one publication, all nodes',
        'at one node',
        'all nodes’ cores full at',
      ],
      rows,
      facts: {},
    };
  },
};

interface Measurement {
  what: string;
  cluster: Cluster;
  channels: readonly string[];
  isSharded: boolean;
}

async function measure(tools: Tools, { what, cluster, channels, isSharded }: Measurement) {
  const { nodes, owners } = cluster;
  const subscribers = tools.own(new Subscribers());
  for (const [index, node] of nodes.entries()) {
    const { port } = node.server;
    const its = channels.filter((_, i) =>
      isSharded ? owners[i] === index : i % nodes.length === index,
    );
    const command = isSharded ? 'SSUBSCRIBE' : 'SUBSCRIBE';
    await subscribers.open(port, { count: GATEWAYS, channels: its, command });
  }
  const send = async (index: number) => {
    const at = index % channels.length;
    const channel = channels[at] ?? '';
    const node = nodes[isSharded ? (owners[at] ?? 0) : index % nodes.length];
    await (isSharded ? node?.redis.spublish(channel, BATCH) : node?.redis.publish(channel, BATCH));
  };
  const load = { inFlight: IN_FLIGHT * nodes.length, seconds: tools.sizes.seconds };
  await publishAtOnce({ ...load, seconds: 1 }, { send, subscribers });
  const cpu = () => nodes.reduce((sum, node) => sum + node.cpuMs(), 0);
  const before = cpu();
  const total = await publishAtOnce(load, { send, subscribers });
  const used = cpu() - before;
  await subscribers.stop();
  return [
    what,
    microseconds(used, total, 1),
    microseconds(used / nodes.length, total, 1),
    `${count((total / used) * 1_000 * nodes.length)}/s`,
  ];
}

async function startCluster(tools: Tools, channels: readonly string[]): Promise<Cluster> {
  const nodes: RedisNode[] = [];
  const buses: number[] = [];
  for (let i = 0; i < NODES; i++) {
    nodes.push(
      await RedisNode.start(tools, ({ otherPort }) => {
        buses[i] = otherPort;
        return ['--cluster-enabled', 'yes', '--cluster-port', String(otherPort)];
      }),
    );
  }
  const [first] = nodes;
  if (!first) throw new Error('a cluster has a node');
  for (const [i, node] of nodes.entries()) {
    const [from, to] = [i, i + 1].map((share) => Math.floor((share * SLOTS) / NODES));
    await node.redis.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? 0) - 1));
    if (node !== first)
      await first.redis.call(
        'CLUSTER',
        'MEET',
        '127.0.0.1',
        String(node.server.port),
        String(buses[i]),
      );
  }
  await waitFor(
    async () => {
      const infos = await Promise.all(nodes.map(({ redis }) => redis.call('CLUSTER', 'INFO')));
      return infos.every((info) => {
        const text = String(info);
        return (
          text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${String(NODES)}`)
        );
      });
    },
    { what: 'the nodes are one cluster', timeoutMs: 30_000, everyMs: 200 },
  );
  const owners = await Promise.all(
    channels.map(async (channel) => {
      const slot = Number(await first.redis.call('CLUSTER', 'KEYSLOT', channel));
      return nodes.findIndex((_, i) => slot < Math.floor(((i + 1) * SLOTS) / NODES));
    }),
  );
  return { nodes, owners };
}
