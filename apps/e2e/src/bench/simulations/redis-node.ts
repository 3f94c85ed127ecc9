import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { cpuMs } from '../../testing/processes';
import { waitFor } from '../../testing/wait-for';
import { REDIS_PLAN, ServerProcess, type ServerPlan } from '../systems/server-process';
import type { Tools } from './simulation';

/** What a gateway publishes of a busy room's window: some entries as JSON. */
export const BATCH = 'x'.repeat(400);

/** One Redis server, and a connection that commands it. */
export class RedisNode {
  private constructor(
    readonly server: ServerProcess,
    readonly redis: Redis,
  ) {}

  /** Beside the plain server's arguments it gets these. */
  static async start(
    { signal, own }: Tools,
    args: ServerPlan['args'] = () => [],
  ): Promise<RedisNode> {
    const plan = {
      ...REDIS_PLAN,
      args: (it: Parameters<ServerPlan['args']>[0]) => [...REDIS_PLAN.args(it), ...args(it)],
    };
    const server = own(await ServerProcess.start(plan, signal));
    const redis = new Redis(server.port, '127.0.0.1', { enableAutoPipelining: true });
    own({
      stop: () => {
        redis.disconnect();
        return Promise.resolve();
      },
    });
    return new RedisNode(server, redis);
  }

  cpuMs(): number {
    return cpuMs(this.server.pid);
  }
}

/** Connections that have subscribed and pass over what they get: bare sockets, which cost little beside Redis. */
export class Subscribers {
  bytes = 0;
  readonly #sockets: Socket[] = [];

  /** Each of `count` connections subscribes to all of the channels. */
  async open(
    port: number,
    { count, channels, command = 'SUBSCRIBE' }: SubscribeOptions,
  ): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect(port, '127.0.0.1');
      this.#sockets.push(socket);
      await once(socket, 'connect');
      let answer = '';
      const subscribed = new Promise<void>((resolve) => {
        const read = (part: Buffer) => {
          answer += part.toString('latin1');
          if (answer.split('subscribe\r\n').length <= channels.length) return;
          socket.off('data', read);
          socket.on('data', ({ length }: Buffer) => (this.bytes += length));
          resolve();
        };
        socket.on('data', read);
      });
      for (const channel of channels)
        socket.write(
          `*2\r\n$${String(command.length)}\r\n${command}\r\n$${String(channel.length)}\r\n${channel}\r\n`,
        );
      await subscribed;
    }
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return Promise.resolve();
  }
}

interface SubscribeOptions {
  count: number;
  channels: readonly string[];
  command?: 'SUBSCRIBE' | 'SSUBSCRIBE';
}

interface Publishing {
  send: (index: number) => Promise<unknown>;
  subscribers: Subscribers;
}

/** Calls `send` so many times a second by the clock; resolves with how many there were, when nothing of them is on its way. */
export async function publishByClock(
  { perSecond, seconds }: { perSecond: number; seconds: number },
  { send, subscribers }: Publishing,
): Promise<number> {
  const total = Math.round(perSecond * seconds);
  const began = performance.now();
  const sent: Promise<unknown>[] = [];
  while (sent.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * perSecond));
    while (sent.length < due) sent.push(send(sent.length));
    await delay(2);
  }
  await Promise.all(sent);
  await settled(subscribers);
  return total;
}

/** Calls `send` so often that `inFlight` are unanswered, again and again; resolves like `publishByClock`. */
export async function publishAtOnce(
  { inFlight, seconds }: { inFlight: number; seconds: number },
  { send, subscribers }: Publishing,
): Promise<number> {
  let total = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    await Promise.all(Array.from({ length: inFlight }, (_, i) => send(total + i)));
    total += inFlight;
  }
  await settled(subscribers);
  return total;
}

async function settled(subscribers: Subscribers): Promise<void> {
  let before = -1;
  await waitFor(
    () => {
      const isQuiet = before === subscribers.bytes;
      before = subscribers.bytes;
      return isQuiet;
    },
    { what: 'everything published has arrived', timeoutMs: 30_000, everyMs: 100 },
  );
}
