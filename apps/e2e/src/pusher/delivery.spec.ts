import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { Redis } from 'ioredis';
import { unique } from '../testing/api';
import { useCluster } from '../testing/bed';
import { readLog } from '../testing/database';
import { kill } from '../testing/processes';
import { PUSHER_APP } from '../testing/pusher-pages';
import { PusherSocket } from '../testing/pusher-socket';
import { waitFor } from '../testing/wait-for';
import { metricsOf } from '../testing/metrics';

const STREAM = 'hubbub:ingress';
const EVENT = 'tick';
const GATEWAYS = [0, 1, 2];
/**
 * 3 s, and what the killed one’s Redis connections had still to say; what is beyond that is for a machine that has other work too.
 */
const GOES_ON_WITHIN_MS = 4_000 + 4_000;

jest.setTimeout(120_000);
const bed = useCluster();
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function connect(gateway: number): Promise<PusherSocket> {
  const socket = await PusherSocket.open(bed().cluster.gateway(gateway));
  open.push(() => {
    socket.drop();
  });
  return socket;
}

describe('a backend of API Gateway', () => {
  function sdk(secret: string = PUSHER_APP.secret): ApiGatewayManagementApiClient {
    const made = new ApiGatewayManagementApiClient({
      endpoint: bed().cluster.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: PUSHER_APP.key, secretAccessKey: secret },
    });
    open.push(() => {
      made.destroy();
    });
    return made;
  }

  const post = (by: ApiGatewayManagementApiClient, { socketId }: PusherSocket, data: object) =>
    by.send(
      new PostToConnectionCommand({
        ConnectionId: socketId,
        Data: Buffer.from(JSON.stringify(data)),
      }),
    );

  it('reaches a connection at any gateway through Nginx', async () => {
    const by = sdk();
    for (const gateway of GATEWAYS) {
      const socket = await connect(gateway);
      // Nginx asks another gateway each time.
      for (let n = 0; n < 6; n++) await post(by, socket, { event: 'hello', data: n });
      const hellos = () => socket.messages.filter(({ event }) => event === 'hello');
      await waitFor(() => hellos().length === 6, { what: 'all came' });
      expect(hellos().map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5]);
      const found = await by.send(new GetConnectionCommand({ ConnectionId: socket.socketId }));
      expect(found.ConnectedAt?.getTime()).toBeLessThanOrEqual(Date.now());
      expect(found.Identity?.SourceIp).toBe('127.0.0.1');
      await by.send(new DeleteConnectionCommand({ ConnectionId: socket.socketId }));
      await waitFor(() => socket.closedWith === 4009, { what: 'it is closed' });
      await expect(post(by, socket, {})).rejects.toThrow(GoneException);
    }
  });

  it('needs the app’s secret', async () => {
    const socket = await connect(0);
    await expect(post(sdk('another secret'), socket, {})).rejects.toThrow(ForbiddenException);
    expect(socket.messages).toHaveLength(1);
  });

  it('G7: is told that connections are gone with their gateway', async () => {
    const by = sdk();
    const socket = await connect(2);
    await post(by, socket, { event: 'hello' });
    kill(bed().cluster.pid(2));
    await waitFor(
      async () =>
        (await post(by, socket, {}).catch((error: unknown) => error)) instanceof GoneException,
      { what: 'it is gone', timeoutMs: 20_000 },
    );
  });
});

describe('a system that puts messages onto the stream', () => {
  let redis: Redis;
  beforeEach(() => {
    redis = new Redis(bed().cluster.redis);
    redis.on('error', () => undefined);
  });
  afterEach(() => {
    redis.disconnect();
  });

  /** 1, 2, 3, … for each target, in turns. */
  async function add(targets: string[], count: number, from = 1): Promise<void> {
    const pipeline = redis.pipeline();
    for (let n = from; n < from + count; n++) {
      for (const target of targets) {
        const fields = { app: PUSHER_APP.id, target, event: EVENT, data: String(n) };
        pipeline.xadd(STREAM, '*', ...Object.entries(fields).flat());
      }
    }
    await pipeline.exec();
  }

  const isDelivered = async () => (await redis.xlen(STREAM)) === 0;
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const heard = (socket: PusherSocket, channel: string) =>
    socket.of(channel, EVENT).map(({ data }) => Number(data));

  async function textsOf(room: string): Promise<number[]> {
    const entries = await readLog(bed().cluster.mysql, room);
    return entries
      .filter(({ kind }) => kind === 'message')
      .map(({ body }) => Number((JSON.parse(body) as { text: string }).text));
  }

  /** How many messages each gateway has delivered. */
  async function deliveries(): Promise<number[]> {
    const metrics = await Promise.all(GATEWAYS.map((it) => metricsOf(bed().cluster.gateway(it))));
    return metrics.map((metric) => metric('hubbub_ingress_seconds_count'));
  }

  async function findLeader(): Promise<number> {
    const before = await deliveries();
    await add([`channel:${unique()}`], 1);
    await waitFor(isDelivered, { what: 'one is delivered' });
    const after = await deliveries();
    const leader = after.findIndex((count, i) => count > (before[i] ?? 0));
    if (leader < 0) throw new Error('nobody has delivered it');
    return leader;
  }

  it('G4, G7: loses none, in order, when the gateway that delivers is killed', async () => {
    const { api, cluster } = bed();
    const room = await api.room(await api.account());
    const leader = await findLeader();
    const others = GATEWAYS.filter((it) => it !== leader);
    const channels = upTo(20).map(() => unique());
    const sockets = await Promise.all(others.map(connect));
    for (const socket of sockets) for (const channel of channels) await socket.join(channel);
    const targets = [`room:${room}`, ...channels.map((it) => `channel:${it}`)];
    const first = sockets[0];
    await add(targets, 100);
    await waitFor(() => first && heard(first, channels[0] ?? '').length > 10, {
      what: 'it is in the middle',
    });
    kill(cluster.pid(leader));
    const killedAt = performance.now();
    await add(targets, 100, 101);
    const wasAt = await redis.xlen(STREAM);
    // All may be delivered before this process has looked.
    await waitFor(async () => (await redis.xlen(STREAM)) < Math.max(1, wasAt), {
      what: 'another one goes on',
    });
    expect(performance.now() - killedAt).toBeLessThan(GOES_ON_WITHIN_MS);
    await waitFor(isDelivered, { what: 'all are delivered', timeoutMs: 60_000 });
    for (const socket of sockets) {
      for (const channel of channels) {
        await waitFor(() => heard(socket, channel).at(-1) === 200, { what: 'the last came' });
        const got = heard(socket, channel);
        expect([...new Set(got)]).toEqual(upTo(200));
        // What was under way at the crash may come twice, one behind the other.
        const steps = new Set(got.slice(1).map((n, i) => n - (got[i] ?? 0)));
        expect([...steps].filter((step) => step !== 0 && step !== 1)).toEqual([]);
      }
    }
    expect(await textsOf(room)).toEqual(upTo(200));
  });

  it('G4: has all delivered that came while every gateway was down', async () => {
    const { api, cluster } = bed();
    const room = await api.room(await api.account());
    const channel = `cache-${unique()}`;
    for (const gateway of GATEWAYS) kill(cluster.pid(gateway));
    await add([`room:${room}`, `channel:${channel}`], 50);
    await cluster.isWhole();
    await waitFor(isDelivered, { what: 'all are delivered', timeoutMs: 30_000 });
    expect(await textsOf(room)).toEqual(upTo(50));
    const socket = await connect(1);
    await socket.join(channel);
    await waitFor(() => heard(socket, channel).at(-1) === 50, { what: 'the last is remembered' });
  });

  it('finds what cannot be delivered among the dead letters', async () => {
    const id = await redis.xadd(STREAM, '*', 'app', 'nobody', 'target', 'channel:x', 'data', '1');
    await waitFor(isDelivered, { what: 'it is off the stream' });
    const [letter] = await redis.xrevrange('hubbub:ingress:dead', '+', '-', 'COUNT', 1);
    expect(letter?.[1]).toEqual(
      expect.arrayContaining(['target', 'channel:x', 'reason', 'entry', id]),
    );
  });
});
