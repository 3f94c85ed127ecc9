import type { ChainableCommander, Redis } from 'ioredis';

/**
 * A room with more users than this at one gateway names them no more, only how many they are: a list that changes every second is
 * written every second.
 */
const NAMED_MAX = 2_000;
/** User ids are ASCII letters, digits and `_.-`. */
const BETWEEN = ' ';
const MANY = '#';

/**
 * Which users are in each room by any of their connections, over all gateways. Like the counts of connections a lease of each
 * gateway, a hash by room, of which only what has changed is written; read when somebody asks.
 */
export class RoomUsers {
  /** Rooms, their users, and how many connections each has. */
  readonly #local = new Map<number, Map<string, number>>();
  readonly #changed = new Set<number>();
  readonly #gateway: string;
  /** Redis has all but what has changed. */
  #isKept = false;

  constructor(gateway: string) {
    this.#gateway = gateway;
  }

  add(roomId: number, userId: string, delta: 1 | -1): void {
    const users = this.#local.get(roomId) ?? new Map<string, number>();
    this.#local.set(roomId, users);
    const connections = (users.get(userId) ?? 0) + delta;
    if (connections > 0) users.set(userId, connections);
    else users.delete(userId);
    if (users.size === 0) this.#local.delete(roomId);
    if (connections === (delta > 0 ? 1 : 0)) this.#changed.add(roomId);
  }

  /** @throws {Error} where Redis gives no answer: the next time all of it is written. */
  async renew(redis: Redis, leaseMs: number): Promise<void> {
    if (this.#isKept && this.#changed.size === 0 && this.#local.size === 0) return;
    const key = keyOf(this.#gateway);
    const write = redis.multi();
    if (!this.#isKept) write.del(key);
    for (const roomId of this.#isKept ? this.#changed : this.#local.keys()) {
      this.#write(write, key, roomId);
    }
    this.#changed.clear();
    const rooms = this.#local.size;
    this.#isKept = false;
    const answers = await write.pexpire(key, leaseMs).hlen(key).exec();
    const [error, kept] = answers?.at(-1) ?? [];
    if (error) throw error;
    // Else it ran out meanwhile, or Redis has lost it.
    this.#isKept = kept === rooms;
  }

  async release(redis: Redis): Promise<void> {
    await redis.del(keyOf(this.#gateway));
  }

  /**
   * How many there are at this gateway and the others. Of rooms that name them no more, who is at two gateways counts twice.
   *
   * @throws {Error} where Redis gives no answer.
   */
  async count(roomId: number, redis: Redis | null, others: readonly string[]): Promise<number> {
    const shares = redis
      ? await Promise.all(others.map((gateway) => redis.hget(keyOf(gateway), String(roomId))))
      : [];
    const named = new Set(this.#local.get(roomId)?.keys());
    let unnamed = 0;
    for (const share of shares) {
      if (share?.startsWith(MANY)) unnamed += Number(share.slice(MANY.length));
      else for (const user of share?.split(BETWEEN) ?? []) named.add(user);
    }
    return named.size + unnamed;
  }

  #write(write: ChainableCommander, key: string, roomId: number): void {
    const users = this.#local.get(roomId);
    const field = String(roomId);
    if (!users) write.hdel(key, field);
    else if (users.size > NAMED_MAX) write.hset(key, field, `${MANY}${String(users.size)}`);
    else write.hset(key, field, [...users.keys()].join(BETWEEN));
  }
}

function keyOf(gateway: string): string {
  return `hubbub:users:${gateway}`;
}
