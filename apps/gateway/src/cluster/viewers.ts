import type { Redis } from 'ioredis';
import type { Log } from '../log';
import { onBeat } from '../beat';
import { RoomUsers } from './room-users';

const BEAT_MS = 1_000;
/** A gateway that has not renewed its lease for this long is not counted any more (G7). */
const LEASE_MS = 3_000;
const GATEWAYS_KEY = 'hubbub:gateways';
const leaseKey = (gateway: string) => `hubbub:viewers:${gateway}`;

/**
 * How many connections, and users, have joined each room, over all gateways. Each gateway writes its own counts as a lease: a hash in Redis
 * that expires by itself, so nothing has to be cleaned up after a gateway that died. While Redis is away the last counts of the
 * others stay, and the own ones are true.
 */
export class Viewers {
  readonly #local = new Map<number, number>();
  readonly #users: RoomUsers;
  #remote = new Map<number, number>();
  readonly #redis: Redis | null;
  readonly #gateway: string;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  readonly #endBeat: (() => void) | undefined;
  /** Redis has our counts, as they are. */
  #isKept = false;
  /** The other gateways whose leases may stand, as of the last beat. */
  #others: string[] = [];
  #beating: Promise<void> | undefined;

  constructor(redis: Redis | null, gateway: string, log: Log) {
    this.#redis = redis;
    this.#gateway = gateway;
    this.#log = log;
    this.#users = new RoomUsers(gateway);
    if (!redis) return;
    this.#endBeat = onBeat(BEAT_MS, () => {
      this.#beating ??= this.#beat().finally(() => {
        this.#beating = undefined;
      });
    });
  }

  /** One more (or less, with -1) connection of this gateway in the room; null: of an anonymous viewer. */
  add(roomId: number, delta: 1 | -1, userId: string | null): void {
    if (userId !== null) this.#users.add(roomId, userId, delta);
    const count = (this.#local.get(roomId) ?? 0) + delta;
    if (count > 0) this.#local.set(roomId, count);
    else this.#local.delete(roomId);
    this.#isKept = false;
  }

  count(roomId: number): number {
    return (this.#local.get(roomId) ?? 0) + (this.#remote.get(roomId) ?? 0);
  }

  /** How many users are there, each once; anonymous viewers are none. Null where Redis does not say. */
  async users(roomId: number): Promise<number | null> {
    try {
      return await this.#users.count(roomId, this.#redis, this.#others);
    } catch (error) {
      this.#log.debug('viewers: no answer from redis', { error: String(error) });
      return null;
    }
  }

  /** All rooms with viewers, the fullest first. */
  ranking(): { roomId: number; viewers: number }[] {
    const rooms = new Set([...this.#local.keys(), ...this.#remote.keys()]);
    return [...rooms]
      .map((roomId) => ({ roomId, viewers: this.count(roomId) }))
      .sort((a, b) => b.viewers - a.viewers || a.roomId - b.roomId);
  }

  /** Called when counts of other gateways may have changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Gives the lease up, so that the others stop counting at once. */
  async close(): Promise<void> {
    this.#endBeat?.();
    await this.#beating;
    if (this.#redis?.status !== 'ready') return;
    try {
      await this.#redis.del(leaseKey(this.#gateway));
      await this.#users.release(this.#redis);
      await this.#redis.zrem(GATEWAYS_KEY, this.#gateway);
    } catch (error) {
      this.#log.debug('viewers: the lease was not given up, it expires', { error: String(error) });
    }
  }

  async #beat(): Promise<void> {
    const redis = this.#redis;
    if (redis?.status !== 'ready') return;
    try {
      // In one trip: who is new is counted a beat later.
      const [others, , ...leases] = await Promise.all([
        this.#renew(redis),
        this.#users.renew(redis, LEASE_MS),
        ...this.#others.map((gateway) => redis.hgetall(leaseKey(gateway))),
      ]);
      this.#others = others;
      const remote = new Map<number, number>();
      for (const lease of leases) {
        for (const [room, count] of Object.entries(lease)) {
          const roomId = Number(room);
          remote.set(roomId, (remote.get(roomId) ?? 0) + Number(count));
        }
      }
      this.#remote = remote;
      for (const listener of this.#listeners) listener();
    } catch (error) {
      this.#isKept = false;
      this.#log.debug('viewers: no answer from redis', { error: String(error) });
    }
  }

  /** Renews the own lease, and returns the other gateways whose leases may stand. */
  async #renew(redis: Redis): Promise<string[]> {
    const now = Date.now();
    // The clocks of gateways may differ by minutes: the set only says where to look, the leases expire by Redis' own clock.
    const forgotten = now - 3_600_000;
    const [known] = await Promise.all([
      redis.zrange(GATEWAYS_KEY, 0, -1),
      redis.zadd(GATEWAYS_KEY, now, this.#gateway),
      redis.zremrangebyscore(GATEWAYS_KEY, '-inf', forgotten),
      this.#isKept ? this.#prolong(redis) : this.#write(redis),
    ]);
    return known.filter((gateway) => gateway !== this.#gateway);
  }

  async #prolong(redis: Redis): Promise<void> {
    // Else it ran out meanwhile, or Redis has lost it.
    if ((await redis.pexpire(leaseKey(this.#gateway), LEASE_MS)) === 0) this.#isKept = false;
  }

  async #write(redis: Redis): Promise<void> {
    const key = leaseKey(this.#gateway);
    const counts = [...this.#local].flatMap(([roomId, count]) => [String(roomId), String(count)]);
    const write = redis.multi().del(key);
    if (counts.length > 0) write.hset(key, ...counts).pexpire(key, LEASE_MS);
    this.#isKept = counts.length > 0;
    for (const [error] of (await write.exec()) ?? []) if (error) throw error;
  }
}
