import { setImmediate as turnEnd, setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Log } from '../log';
import type { Entered, Occupancy, Roster, Seat, Transition } from './occupancy';
import { OccupancyConsumer } from './occupancy-consumer';
import { OccupancyLease, type Batch } from './occupancy-lease';
import { isListed, Places, type Place } from './occupancy-places';
import { SEATS_A_CALL, SETTLING_KEY } from './occupancy-changes';
import { channelsKey, infoKey, membersKey, versionsKey } from './occupancy-scripts';
import { RedisOccupancyTransitions } from './redis-occupancy-transitions';

const CLOSE_MS = 2_000;
const SETTLE_LOOK_MS = 250;
const SCAN_COUNT = 1_000;

/** What waits to be told of a place: its count as it is then, and who wants to be one more within a limit. */
interface Change {
  readonly waiting: ((entered: Entered) => void)[];
  readonly limited: { readonly limit: number; readonly settle: (entered: Entered) => void }[];
  /** Redis may have been told something of it, and has not confirmed it. */
  isUnsure: boolean;
}

interface Line {
  readonly place: Place;
  readonly count: number;
  readonly change: Change;
}

/**
 * Occupancy in Redis. Each gateway's share is a hash of absolute counts under a lease; totals, news and transitions come of it in
 * Lua, so that each change is counted and told exactly once, whoever makes it, and however many gateways take a dead one's share
 * apart. What happens within one turn of the event loop, or while a call is in flight, goes in one call.
 *
 * Not for Redis Cluster: the scripts touch keys that would be on several nodes.
 */
export class RedisOccupancy implements Occupancy {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #lease: OccupancyLease;
  readonly #places = new Places();
  readonly #changes = new Map<Place, Change>();
  readonly #kept = new Set<string>();
  /** Apps of which `#kept` has to be told. */
  readonly #keptChanges = new Set<string>();
  readonly #consumers = new Set<{
    queue: RedisOccupancyTransitions;
    consumer: OccupancyConsumer;
  }>();
  readonly #listeners: (() => void)[] = [];
  #flushing: Promise<void> | undefined;
  #isRegaining = false;
  #isWhole = false;
  #isClosed = false;

  /** `redis` is a connection of `connectRedis`, which stays the caller's; `gateway` is this gateway's name. */
  constructor({ redis, gateway, log }: { redis: Redis; gateway: string; log: Log }) {
    this.#redis = redis;
    this.#log = log;
    this.#lease = new OccupancyLease({
      redis,
      gateway,
      log,
      queued: () => {
        for (const { queue } of this.#consumers) queue.tell();
      },
      changed: (isHeld) => {
        this.#isWhole = false;
        if (isHeld) {
          this.#flush();
          void this.#regain();
        } else {
          for (const [place, change] of this.#changes) this.#letInAlone(place, change);
        }
      },
      begin: (forgotten, tellQuietly) => this.#begin(forgotten, tellQuietly),
    });
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  onWhole(listener: () => void): void {
    this.#listeners.push(listener);
  }

  enter(seat: Seat, limit?: number): Promise<Entered> {
    const place = this.#places.at(seat);
    if (limit === undefined || !this.#lease.isHeld) this.#places.add(place, 1);
    const change = this.#change(place);
    if (!this.#lease.isHeld) return Promise.resolve('alone');
    return new Promise((settle) => {
      if (limit === undefined) change.waiting.push(settle);
      else change.limited.push({ limit, settle });
    });
  }

  leave(seat: Seat): void {
    const place = this.#places.find(seat);
    if (!place || place.count === 0) return;
    this.#places.add(place, -1);
    const change = this.#change(place);
    if (this.#lease.isHeld || place.count > 0 || place.told > 0 || change.isUnsure) return;
    // Redis never heard of it: an outage of hours must not gather everybody who came and went.
    this.#changes.delete(place);
    this.#places.drop(place);
  }

  counts(app: string, channels: readonly string[]): Promise<number[]> {
    return this.#read(
      async (redis) => {
        if (channels.length === 0) return [];
        return (await redis.hmget(channelsKey(app), ...channels)).map(Number);
      },
      () => channels.map((channel) => this.#places.subscriptions(app, channel)),
    );
  }

  memberCounts(app: string, channels: readonly string[]): Promise<number[]> {
    return this.#read(
      (redis) => Promise.all(channels.map((channel) => redis.hlen(membersKey(app, channel)))),
      () => channels.map((channel) => this.#places.members(app, channel)),
    );
  }

  channels(app: string, prefix: string): Promise<Map<string, number>> {
    return this.#read(
      async (redis) => {
        const found = new Map<string, number>();
        const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
        let cursor = '0';
        do {
          const key = channelsKey(app);
          const page = await redis.hscan(key, cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
          for (let i = 0; i < page[1].length; i += 2) {
            const name = page[1][i] ?? '';
            if (isListed(name, prefix)) found.set(name, Number(page[1][i + 1]));
          }
          cursor = page[0];
        } while (cursor !== '0');
        return found;
      },
      () => this.#places.channels(app, prefix),
    );
  }

  roster(app: string, channel: string): Promise<Roster | null> {
    return this.#read(
      async (redis) => {
        const answers = await redis
          .multi()
          .exists(SETTLING_KEY)
          .hget(versionsKey(app), channel)
          .hgetall(infoKey(app, channel))
          .exec();
        const [isSettling, version, infos] = (answers ?? []).map(([error, answer]) => {
          if (error) throw error;
          return answer;
        });
        const members = Object.entries(infos as Record<string, string>).map(
          ([user, info]) => [user, info === '' ? null : info] as const,
        );
        return {
          isWhole: isSettling === 0,
          version: Number(version),
          members: new Map(members),
        };
      },
      () => null,
    );
  }

  keepTransitionsOf(app: string, kept: boolean): void {
    if (kept === this.#kept.has(app)) return;
    if (kept) this.#kept.add(app);
    else this.#kept.delete(app);
    this.#keptChanges.add(app);
    this.#flush();
  }

  consumeTransitions(handle: (batch: Transition[]) => Promise<void>): () => Promise<void> {
    const queue = new RedisOccupancyTransitions(this.#redis, this.#log);
    const consumer = new OccupancyConsumer(queue, handle, this.#log);
    const consuming = { queue, consumer };
    this.#consumers.add(consuming);
    return async () => {
      this.#consumers.delete(consuming);
      await consumer.end();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const consumed = [...this.#consumers].map(({ consumer }) => consumer.end());
    const closed = Promise.all([...consumed, this.#lease.close()]);
    const deadline = new AbortController();
    const late = delay(CLOSE_MS, undefined, { signal: deadline.signal }).catch(() => undefined);
    await Promise.race([closed, late]);
    deadline.abort();
  }

  async #read<T>(there: (redis: Redis) => Promise<T>, here: () => T): Promise<T> {
    if (!this.#lease.isHeld) return here();
    try {
      return await there(this.#redis);
    } catch (error) {
      this.#log.debug('occupancy: not read', { error: String(error) });
      this.#isWhole = false;
      void this.#regain();
      return here();
    }
  }

  /** Waits until every gateway has had the time to tell its share. */
  async #regain(): Promise<void> {
    if (this.#isRegaining) return;
    this.#isRegaining = true;
    while (!(await this.#isSettled())) await delay(SETTLE_LOOK_MS);
    this.#isRegaining = false;
    if (!this.#lease.isHeld) return;
    this.#isWhole = true;
    for (const listener of this.#listeners) listener();
  }

  /** Also where there is nothing to wait for: the lease is lost, or given up. */
  async #isSettled(): Promise<boolean> {
    if (!this.#lease.isHeld || this.#isClosed) return true;
    return (await this.#redis.exists(SETTLING_KEY).catch(() => 1)) === 0;
  }

  #change(place: Place): Change {
    let change = this.#changes.get(place);
    if (!change) {
      change = { waiting: [], limited: [], isUnsure: false };
      this.#changes.set(place, change);
      this.#flush();
    }
    return change;
  }

  #flush(): void {
    if (!this.#lease.isHeld) return;
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined;
      if (this.#changes.size > 0 || this.#keptChanges.size > 0) this.#flush();
    });
  }

  async #flushAll(): Promise<void> {
    await turnEnd();
    while (this.#lease.isHeld && (this.#changes.size > 0 || this.#keptChanges.size > 0)) {
      await this.#flushBatch();
    }
  }

  async #flushBatch(): Promise<void> {
    const lines: Line[] = [];
    for (const [place, change] of this.#changes) {
      if (lines.length === SEATS_A_CALL) break;
      lines.push({ place, count: place.count, change });
      this.#changes.delete(place);
    }
    const apps = [...this.#keptChanges];
    this.#keptChanges.clear();
    const answers = await this.#lease.apply(this.#batch(apps, lines));
    if (answers) {
      for (const [i, line] of lines.entries()) this.#settle(line, answers[i] ?? '');
      return;
    }
    for (const app of apps) this.#keptChanges.add(app);
    for (const { place, change } of lines) {
      this.#letInAlone(place, change);
      // Whether Redis has taken it or not: told again, it is true.
      this.#change(place).isUnsure = true;
    }
  }

  #batch(apps: readonly string[], lines: readonly Line[]): Batch {
    const batch: Batch = [apps.length];
    for (const app of apps) batch.push(app, this.#kept.has(app) ? 1 : 0);
    for (const { place, count, change } of lines) {
      const who = place.user === null ? '' : `:${place.user}`;
      const limits = change.limited.map(({ limit }) => limit).join(' ');
      batch.push(place.app, place.channel, who, place.info ?? '', count, limits);
    }
    return batch;
  }

  #settle({ place, count, change }: Line, answer: string): void {
    place.told = count;
    for (const [i, { settle }] of change.limited.entries()) {
      const isIn = answer[i] === '1';
      if (isIn) {
        place.told++;
        this.#places.add(place, 1);
      }
      settle(isIn ? 'entered' : 'full');
    }
    for (const settle of change.waiting) settle('entered');
    if (place.count === 0 && place.told === 0 && !this.#changes.has(place))
      this.#places.drop(place);
  }

  #letInAlone(place: Place, { waiting, limited }: Change): void {
    for (const settle of waiting.splice(0)) settle('alone');
    for (const { settle } of limited.splice(0)) {
      this.#places.add(place, 1);
      settle('alone');
    }
  }

  async #begin(forgotten: boolean, tellQuietly: (batch: Batch) => Promise<void>): Promise<void> {
    await this.#flushing;
    let apps = [...this.#kept];
    if (forgotten) {
      const told = [...this.#places].filter((place) => place.told > 0);
      for (let i = 0; i < told.length; i += SEATS_A_CALL) {
        const lines = told.slice(i, i + SEATS_A_CALL).map((place) => ({
          place,
          count: place.told,
          change: { waiting: [], limited: [], isUnsure: false },
        }));
        await tellQuietly(this.#batch(apps, lines));
        apps = [];
      }
    } else {
      for (const place of this.#places) place.told = 0;
    }
    this.#keptChanges.clear();
    for (const app of apps) this.#keptChanges.add(app);
    for (const place of this.#places) {
      if (place.count !== place.told) this.#change(place);
      else if (place.count === 0 && !this.#changes.has(place)) this.#places.drop(place);
    }
  }
}
