import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../script';
import { Publisher } from './publisher';
import { Subscriber } from './subscriber';
import { Command, type Connected, type Published } from './wire';
import type { z } from 'zod';

/** Connections on their way at a time: fewer than a server's queue of new ones takes. */
const AT_ONCE = 128;
/** One of so many subscribers reads at once and looks at what it gets. The others only count. */
const SAMPLE_EVERY = 50;
/**
 * Those read ten times a second, a group after the other: some frames in one call of the system, where real clients would be on
 * machines of their own. What it costs a server is the same (measured), and the generator takes a third of the time.
 */
const GROUPS = 10;
const GROUP_MS = 10;
/** No delivery for this long: no more is to come. */
const SILENT_MS = 5_000;
/** After the last that is expected: what comes twice comes now. */
const LINGER_MS = 200;

/** Subscribers and publishers, in a process of their own. */
class Load {
  #subscribers: Subscriber[] = [];
  #publishers: Publisher[] = [];
  #latencies: number[] = [];
  #turn = 0;

  constructor() {
    setInterval(() => {
      this.#readNextGroup();
    }, GROUP_MS);
  }

  /** Where there are none yet. */
  async connect(ports: number[], count: number): Promise<z.infer<typeof Connected>> {
    for (const publisher of this.#publishers) publisher.close();
    this.#publishers = ports.map((port) => new Publisher(port));
    const began = performance.now();
    const cpu = process.cpuUsage();
    const sample = (dueAt: number) => this.#latencies.push(performance.now() - dueAt);
    let next = 0;
    const connectSome = async () => {
      while (next < count) {
        const index = next++;
        const isSampled = index % SAMPLE_EVERY === 0;
        const port = ports[index % ports.length] ?? 0;
        const subscriber = await Subscriber.open(port, isSampled ? sample : null);
        this.#subscribers[index] = subscriber;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, connectSome));
    return { tookMs: performance.now() - began, cpuMs: cpuMsSince(cpu) };
  }

  /** In the order of connecting. */
  keep(count: number): void {
    for (const subscriber of this.#subscribers.splice(count)) subscriber.drop();
  }

  async publish(perSecond: number, seconds: number): Promise<Published> {
    this.#latencies = [];
    const deliveredBefore = this.#deliveries();
    const cpu = process.cpuUsage();
    const began = performance.now();
    const published = perSecond * seconds;
    const refused: Record<string, number> = {};
    const requests: Promise<void>[] = [];
    for (let i = 0; i < published; i++) {
      const dueAt = began + (i * 1_000) / perSecond;
      const early = dueAt - performance.now();
      // A timer that is given a fraction is early by it.
      if (early > 0) await delay(Math.ceil(early));
      const publisher = this.#publishers[i % this.#publishers.length];
      const request = publisher?.publish(dueAt).catch((error: unknown) => {
        refused[String(error)] = (refused[String(error)] ?? 0) + 1;
      });
      if (request) requests.push(request);
    }
    await Promise.all(requests);
    const expected = published * this.#subscribers.length;
    const lastAt = await this.#settle(deliveredBefore + expected);
    return {
      published,
      refused,
      deliveries: this.#deliveries() - deliveredBefore,
      expected,
      closed: this.#subscribers.filter((it) => it.isClosed).length,
      p50Ms: quantile(this.#latencies, 0.5),
      p99Ms: quantile(this.#latencies, 0.99),
      cpuMs: cpuMsSince(cpu),
      tookMs: lastAt - began,
    };
  }

  /** Resolves when all are there, or no more come, with the time of the last one. */
  async #settle(expected: number): Promise<number> {
    let before = -1;
    let lastAt = performance.now();
    for (;;) {
      const now = this.#deliveries();
      if (now !== before) lastAt = performance.now();
      if (now >= expected || performance.now() - lastAt > SILENT_MS) break;
      before = now;
      await delay(GROUP_MS);
    }
    await delay(LINGER_MS);
    return lastAt;
  }

  #deliveries(): number {
    return this.#subscribers.reduce((sum, it) => sum + it.deliveries, 0);
  }

  #readNextGroup(): void {
    this.#turn = (this.#turn + 1) % GROUPS;
    const group = this.#subscribers.filter((it, i) => !it.isSampled && i % GROUPS === this.#turn);
    for (const subscriber of group) subscriber.resume();
    // The event loop has looked at the sockets once by then.
    setImmediate(() => {
      for (const subscriber of group) subscriber.pause();
    });
  }
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const load = new Load();

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'connect':
      return load.connect(command.ports, command.count);
    case 'keep':
      load.keep(command.count);
      return null;
    case 'publish':
      return load.publish(command.perSecond, command.seconds);
  }
}

process.on('message', (message) => {
  run(Command.parse(message)).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
