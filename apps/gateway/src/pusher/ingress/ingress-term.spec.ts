import { Redis } from 'ioredis';
import { silent } from '../../testing/silent-log';
import { until } from '../../testing/until';
import { RedisServer } from '../../testing/redis-server';
import { TestGateway } from '../direct/testing/test-gateway';
import { TestApps } from '../testing/test-apps';
import { IngressDelivery } from './ingress-delivery';
import { IngressStream } from './ingress-stream';
import { IngressTerm } from './ingress-term';

const STREAM = 'hubbub:ingress';

let server: RedisServer;
let redis: Redis;
let gateway: TestGateway;
const apps = new TestApps();
apps.add({ id: 'one' });

beforeAll(async () => {
  server = await RedisServer.start();
  // Without the product's patience: a command is answered, however long that takes.
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  gateway = await TestGateway.start(apps, server.url, 'a');
});

beforeEach(async () => {
  await redis.flushall();
});

afterAll(async () => {
  await gateway.close();
  redis.disconnect();
  await server.kill();
});

/** A doorbell that rings soon, whether there is something or not. */
const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 10));

function create(doorbell: () => Promise<void> = soon) {
  const stream = new IngressStream(redis);
  const { bus, channels } = gateway;
  const speech = { send: () => Promise.reject(new Error('there are no rooms')) };
  const options = { apps, channels, speech, bus, roomsApp: null, gateway: 'a' };
  const delivered: string[] = [];
  const term = new IngressTerm({
    stream,
    delivery: new IngressDelivery(options),
    doorbell,
    patience: { attempts: 10, failingMs: 10_000 },
    report: { delivered: (target) => delivered.push(target), dead: () => undefined },
    log: silent,
  });
  return { stream, term, delivered };
}

it('stays over, also where the lease was renewed a moment later', async () => {
  const { stream, term, delivered } = create();
  expect(await stream.acquire(term.token, 10_000)).toBe(true);
  term.begin(performance.now() + 60_000);
  const reading = term.read();
  await redis.xadd(STREAM, '*', 'app', 'one', 'target', 'channel:a', 'event', 'e', 'data', '1');
  await until('it delivers', () => delivered.length === 1);
  // Its time runs out.
  term.begin(performance.now());
  await reading;
  term.prolong(performance.now() + 10_000);
  expect(term.isOver).toBe(true);
  await term.finished();
});

it('ends when another gateway has the lease', async () => {
  const { stream, term } = create();
  expect(await stream.acquire(term.token, 10_000)).toBe(true);
  term.begin(performance.now() + 60_000);
  const reading = term.read();
  await redis.del('hubbub:ingress:leader');
  await reading;
  expect(term.isOver).toBe(true);
});

it('does not wait for the doorbell when it has ended while it read', async () => {
  const { stream, term } = create(() => new Promise(() => undefined));
  expect(await stream.acquire(term.token, 10_000)).toBe(true);
  const readNew = stream.readNew.bind(stream);
  stream.readNew = async (...asked) => {
    const found = await readNew(...asked);
    term.end();
    return found;
  };
  term.begin(performance.now() + 60_000);
  await term.read();
  expect(term.isOver).toBe(true);
});
