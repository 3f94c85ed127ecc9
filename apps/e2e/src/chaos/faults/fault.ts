import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../testing/cluster';
import type { Random } from '../../testing/random';
import type { TcpProxy } from '../paths/tcp-proxy';
import type { Clocks } from './clocks';

/** What faults are made to. */
export interface Scene {
  cluster: Cluster;
  /** Each gateway's path to Redis, and to the database. */
  redis: readonly TcpProxy[];
  mysql: readonly TcpProxy[];
  clocks: Clocks;
  clients: {
    /** Drops so many sockets without a close. */
    vanish: (count: number) => void;
    /** One viewer stops reading for so long. */
    stall: (ms: number) => void;
  };
  /** Ends the run: what waits then rejects, and what was done is taken back. */
  signal: AbortSignal;
}

/** One fault that is about to be made. */
export interface Fault {
  /** For people: `gateway 2 stopped for 7.3 s`. */
  what: string;
  /** Whose clients may notice, by index. */
  gateways: readonly number[];
  /**
   * Makes it. Resolves when it is over: taken back, or done where there is nothing to take back.
   *
   * @throws {Error} where what it was made to does not do as it should.
   */
  make: () => Promise<void>;
  /** Resolves when what it ended serves again. */
  servesAgain?: () => Promise<void>;
}

export interface Kind {
  readonly id: string;
  /** For the help. */
  readonly what: string;
  /** Chooses all that is left to chance now: the same seed gives the same faults, whatever else happens. */
  readonly plan: (scene: Scene, random: Random) => Fault;
}

/** Between two times given in seconds, in ms. */
export function between(random: Random, from: number, to: number): number {
  return Math.round(1000 * (from + random.next() * (to - from)));
}

export function anyGateway(scene: Scene, random: Random): number {
  return random.below(scene.redis.length);
}

export function allGateways(scene: Scene): number[] {
  return scene.redis.map((_, i) => i);
}

/** As people count. */
export function nameOf(gateway: number): string {
  return `gateway ${String(gateway + 1)}`;
}

export function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Lets it last, and takes it back also where the run is ended meanwhile. */
export async function last(
  ms: number,
  { scene, undo }: { scene: Scene; undo: () => Promise<void> | void },
): Promise<void> {
  try {
    await delay(ms, undefined, { signal: scene.signal });
  } finally {
    await undo();
  }
}
