import { bytesAtRest, cpuMs } from '../../testing/processes';
import { LoadProcess } from './load-process';
import { ServerProcess, type ServerPlan } from './server-process';
import type { Published } from './wire';

export interface RoundOptions {
  plan: ServerPlan;
  /** Of the server. Connections and publications go to them by turns. */
  processes: number;
  connections: number;
  subscribers: number;
  rates: number[];
  seconds: number;
  progress: (text: string) => void;
}

/** What one round of one server gave. Processor time and memory are those of all its processes together. */
export interface Round {
  connectionsPerSecond: number;
  connectCpuMs: number;
  /** The generator's own. */
  connectLoadCpuMs: number;
  idleBytes: number;
  connectedBytes: number;
  rates: (Published & { perSecond: number; serverCpuMs: number })[];
}

/**
 * Code that has run a few thousand times is faster: that is how a server is after its first minute. First of all an event's way in,
 * where few subscribers leave time for many events; then its way out.
 */
const WARM_UP_IN = { subscribers: 10, perSecond: 500, seconds: 5 };
const WARM_UP_OUT = { perSecond: 100, seconds: 2 };

/** Starts what a round needs, and stops all of it in reverse order. */
export class RoundRunner {
  readonly #running: { stop: () => Promise<void> }[] = [];

  async run(options: RoundOptions): Promise<Round> {
    try {
      return await this.#measure(options);
    } finally {
      await this.stop();
    }
  }

  async stop(): Promise<void> {
    for (let next = this.#running.pop(); next; next = this.#running.pop()) await next.stop();
  }

  async #measure(options: RoundOptions): Promise<Round> {
    const { connections, subscribers, seconds, progress } = options;
    progress('starts');
    const servers = await this.#startServers(options);
    const ports = servers.map(({ port }) => port);
    const cpu = () => sum(servers.map(({ pid }) => cpuMs(pid)));
    const memory = async () => sum(await Promise.all(servers.map(({ pid }) => bytesAtRest(pid))));
    const load = new LoadProcess();
    this.#running.push(load);

    progress('comes to rest');
    const idleBytes = await memory();
    progress(`${String(connections)} connections for the first time`);
    await load.connect(ports, connections);
    progress('comes to rest');
    const connectedBytes = await memory();

    progress('warms up');
    await load.keep(WARM_UP_IN.subscribers);
    await load.publish(WARM_UP_IN.perSecond, WARM_UP_IN.seconds);
    await load.keep(0);
    progress(`${String(connections)} connections`);
    const cpuBefore = cpu();
    const connected = await load.connect(ports, connections);
    const connectCpuMs = cpu() - cpuBefore;
    await load.keep(subscribers);
    await load.publish(WARM_UP_OUT.perSecond, WARM_UP_OUT.seconds);
    const rates: Round['rates'] = [];
    for (const perSecond of options.rates) {
      progress(`${String(perSecond)} events a second to ${String(subscribers)} subscribers`);
      const before = cpu();
      const published = await load.publish(perSecond, seconds);
      rates.push({ perSecond, serverCpuMs: cpu() - before, ...published });
    }
    return {
      connectionsPerSecond: (connections / connected.tookMs) * 1_000,
      connectCpuMs,
      connectLoadCpuMs: connected.cpuMs,
      idleBytes,
      connectedBytes,
      rates,
    };
  }

  async #startServers({ plan, processes }: RoundOptions): Promise<ServerProcess[]> {
    const servers: ServerProcess[] = [];
    while (servers.length < processes) {
      const server = await ServerProcess.start(plan);
      this.#running.push(server);
      servers.push(server);
    }
    return servers;
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
