import type { Redis } from 'ioredis';

/** Where messages are put: `XADD hubbub:ingress * app … target … event … data …`. */
export const INGRESS_STREAM = 'hubbub:ingress';
/** Where those go that cannot be delivered, with `reason`, `attempts` and the `entry` that they were behind their own fields. */
const DEAD_STREAM = 'hubbub:ingress:dead';
const LEASE_KEY = 'hubbub:ingress:leader';
const GROUP = 'hubbub';
/** One for all gateways: whoever leads next finds what the last one left, in order. */
const CONSUMER = 'leader';
/** The oldest of the dead letters go when there are more. */
const DEAD_MAX = 100_000;
/** Fields of an entry that are kept in its dead letter. */
const DEAD_FIELDS_MAX = 100;
/** A message that comes again with the same `id` within this time is passed over. */
const DELIVERED_MS = 3_600_000;

const FENCE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('FENCED the lease is gone') end\n`;

const RENEW = `${FENCE}redis.call('PEXPIRE', KEYS[1], ARGV[2]) return redis.call('XLEN', KEYS[2])`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;
// Not XREADGROUP with an id, which counts as one more attempt.
const READ_LEFT = `${FENCE}local found = {}
for i, pending in ipairs(redis.call('XPENDING', KEYS[2], ARGV[2], '(' .. ARGV[4], '+', ARGV[3])) do
  local entry = redis.call('XRANGE', KEYS[2], pending[1], pending[1])[1]
  found[i] = {pending[1], entry and entry[2] or false, pending[4]}
end
return found`;
const READ_NEW = `${FENCE}return redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[4], 'COUNT', ARGV[3], 'STREAMS', KEYS[2], '>')`;
const SETTLE = `${FENCE}redis.call('XACK', KEYS[2], ARGV[2], ARGV[3]) redis.call('XDEL', KEYS[2], ARGV[3])
if KEYS[3] then redis.call('SET', KEYS[3], '1', 'PX', ARGV[4]) end`;
const BURY = `${FENCE}redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', unpack(ARGV, 5))
redis.call('XACK', KEYS[2], ARGV[2], ARGV[3]) redis.call('XDEL', KEYS[2], ARGV[3])`;

export interface StreamEntry {
  /** `<Unix ms>-<n>`. */
  readonly id: string;
  /** Name, value, name, value, … Null where the entry was removed by somebody. */
  readonly pairs: string[] | null;
  /** How often it has failed, also at other gateways. */
  readonly attempts: number;
}

/** Another gateway leads: nothing was read or changed. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/**
 * The stream, and the lease of the one gateway that reads it. Whatever changes something is done by Redis in one step with the
 * question whether the lease is still held, so a gateway that was believed dead takes nothing away from the next.
 */
export class IngressStream {
  constructor(private readonly redis: Redis) {}

  /** Whether the lease was free. `token` has to be used once only. */
  async acquire(token: string, leaseMs: number): Promise<boolean> {
    return (await this.redis.set(LEASE_KEY, token, 'PX', leaseMs, 'NX')) === 'OK';
  }

  /** Holds the lease for longer. Resolves with how many entries wait. @throws {FencedError} */
  async renew(token: string, leaseMs: number): Promise<number> {
    return (await this.#run(RENEW, [INGRESS_STREAM], [token, leaseMs])) as number;
  }

  async release(token: string): Promise<void> {
    await this.redis.eval(RELEASE, 1, LEASE_KEY, token);
  }

  /** Up to `count` entries that nobody has read. @throws {FencedError} */
  async readNew(token: string, count: number): Promise<StreamEntry[]> {
    const reply = await this.#read(READ_NEW, [token, GROUP, count, CONSUMER]);
    // [[stream, [[id, pairs], …]]]
    const rows = (reply as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? [];
    return rows.map(([id, pairs]) => ({ id, pairs, attempts: 0 }));
  }

  /** Up to `count` entries behind the id `after` that were read, here or elsewhere, and not settled. @throws {FencedError} */
  async readLeft(token: string, count: number, after: string): Promise<StreamEntry[]> {
    const reply = await this.#read(READ_LEFT, [token, GROUP, count, after]);
    const rows = (reply ?? []) as [string, string[] | null, number][];
    // An entry that was read counts as delivered once.
    return rows.map(([id, pairs, deliveries]) => ({ id, pairs, attempts: deliveries - 1 }));
  }

  /** The fields of an entry that was read before; null where it is gone. */
  async load(id: string): Promise<string[] | null> {
    return (await this.redis.xrange(INGRESS_STREAM, id, id))[0]?.[1] ?? null;
  }

  /** Keeps how often an entry has failed, for whoever leads next. */
  async recordAttempts(id: string, attempts: number): Promise<void> {
    // RETRYCOUNT is how often it counts as delivered: once by having been read.
    const args = ['RETRYCOUNT', attempts + 1, 'JUSTID'];
    await this.redis.call('XCLAIM', INGRESS_STREAM, GROUP, CONSUMER, 0, id, ...args);
  }

  /** Takes an entry off the stream: it is delivered. `mark` is remembered for an hour. @throws {FencedError} */
  async settle(token: string, id: string, mark: string | null): Promise<void> {
    const keys = mark === null ? [INGRESS_STREAM] : [INGRESS_STREAM, mark];
    await this.#run(SETTLE, keys, [token, GROUP, id, DELIVERED_MS]);
  }

  /** Whether something was settled under this mark. */
  async isMarked(mark: string): Promise<boolean> {
    return (await this.redis.exists(mark)) > 0;
  }

  /** Moves an entry to the dead letters. @throws {FencedError} */
  async bury(
    token: string,
    { id, pairs }: { id: string; pairs: readonly string[] },
    { reason, attempts }: { reason: string; attempts: number },
  ): Promise<void> {
    const kept = pairs.slice(0, 2 * DEAD_FIELDS_MAX);
    // Behind the entry's own fields: where names are the same, most readers keep the last one.
    const said = ['reason', reason, 'attempts', attempts, 'entry', id];
    const keys = [INGRESS_STREAM, DEAD_STREAM];
    await this.#run(BURY, keys, [token, GROUP, id, DEAD_MAX, ...kept, ...said]);
  }

  /** Makes the group where there is none, as in a Redis that came back empty. */
  async #read(script: string, args: (string | number)[]): Promise<unknown> {
    try {
      return await this.#run(script, [INGRESS_STREAM], args);
    } catch (error) {
      if (!String(error).includes('NOGROUP')) throw error;
      await this.#createGroup();
      return null;
    }
  }

  async #createGroup(): Promise<void> {
    try {
      await this.redis.xgroup('CREATE', INGRESS_STREAM, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
  }

  async #run(script: string, keys: string[], args: (string | number)[]): Promise<unknown> {
    try {
      return await this.redis.eval(script, keys.length + 1, LEASE_KEY, ...keys, ...args);
    } catch (error) {
      if (String(error).includes('FENCED')) throw new FencedError('another gateway leads');
      throw error;
    }
  }
}
