import { randomBytes } from 'node:crypto';
import type { Bus } from '../../cluster/bus';
import { WebhookLane, type LaneOptions } from './webhook-lane';
import type { LaneWithWork } from './webhook-store';

/** Told with the ids of lanes in which something was inserted. */
const TOPIC = 'hubbub:webhooks';
/** The database's clock has whole seconds. */
const CLOCK_GRAIN_MS = 1_000;
/** Posts under way may end by themselves for so long. */
const CLOSE_PATIENCE_MS = 3_000;

export interface DispatcherTimes {
  /** A gateway that is gone has its lanes for so long. */
  leaseMs: number;
  /** How often the database is asked while there is something to post, and while there is nothing. */
  pollMs: number;
  idlePollMs: number;
  /** A lane in which nothing is to be posted is kept for so long. */
  lingerMs: number;
}

export interface DispatcherOptions extends DispatcherTimes, Omit<LaneOptions, 'lane'> {
  bus: Bus;
  gateway: string;
}

interface Owned {
  readonly lane: WebhookLane;
  idleSince: number | null;
}

/**
 * Shares the lanes among the gateways: each is one gateway's at a time, by a lease in the database. The lanes of a gateway that has
 * died go to the others when their leases have run out; what it had under way is then posted again.
 */
export class WebhookDispatcher {
  readonly #options: DispatcherOptions;
  /** Not the gateway's name alone: after a restart it is somebody else. */
  readonly #owner: string;
  readonly #owned = new Map<number, Owned>();
  /** Lanes that another gateway has, and until when (`performance.now()`) that is believed. */
  readonly #foreign = new Map<number, number>();
  /** Lanes that were lost, with posts under way. */
  readonly #lost = new Set<Promise<void>>();
  /** Leases are taken and given up one after the other: a lane that is given up is not taken at the same time. */
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #renewedAt = -Infinity;
  #hasWork = false;
  #pending = 0;
  #isClosed = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#owner = `${options.gateway}:${randomBytes(6).toString('hex')}`;
    void options.bus.subscribe(TOPIC, (payload) => {
      for (const id of JSON.parse(payload.toString()) as number[]) this.#owned.get(id)?.lane.wake();
    });
    this.#schedule(0);
  }

  /** What the lanes of this gateway have to post, some seconds ago. */
  get pending(): number {
    return this.#pending;
  }

  /** Something was inserted here: it is posted at once, by this gateway or the one that has the lane. */
  wake(ids: readonly number[]): void {
    const elsewhere: number[] = [];
    for (const id of ids) {
      const owned = this.#owned.get(id);
      if (owned) owned.lane.wake();
      else if ((this.#foreign.get(id) ?? -Infinity) > performance.now()) elsewhere.push(id);
      else this.#inTurn(() => this.#take(id));
    }
    if (elsewhere.length > 0) this.#tell(elsewhere);
  }

  /** Gives the lanes up, after what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const { bus, settler, store, log } = this.#options;
    bus.unsubscribe(TOPIC);
    await this.#turn;
    const ends = [...this.#owned.values()].map(({ lane }) => lane.close(CLOSE_PATIENCE_MS));
    await Promise.all([...ends, ...this.#lost]);
    await settler.close();
    try {
      await store.release([...this.#owned.keys()], this.#owner);
    } catch (error) {
      log.debug('webhooks: the leases end by themselves', { error: String(error) });
    }
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.#options.log.debug('webhooks: the database does not answer', { error: String(error) });
    });
  }

  #tell(ids: readonly number[]): void {
    this.#hasWork = true;
    void this.#options.bus.publish(TOPIC, JSON.stringify(ids));
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#inTurn(() => this.#poll());
      void this.#turn.then(() => {
        if (this.#isClosed) return;
        const { pollMs, idlePollMs } = this.#options;
        this.#schedule(this.#owned.size > 0 || this.#hasWork ? pollMs : idlePollMs);
      });
    }, afterMs);
  }

  async #take(id: number): Promise<void> {
    if (this.#isClosed || this.#owned.has(id)) return;
    const { store, leaseMs } = this.#options;
    const askedAt = performance.now();
    const lane = await store.claim(id, this.#owner, leaseMs);
    if (!lane) {
      this.#foreign.set(id, askedAt + leaseMs / 2);
      this.#tell([id]);
      return;
    }
    this.#foreign.delete(id);
    const owned = new WebhookLane({ ...this.#options, lane });
    this.#owned.set(id, { lane: owned, idleSince: null });
    owned.extend(askedAt + leaseMs - CLOCK_GRAIN_MS);
  }

  async #poll(): Promise<void> {
    const { store } = this.#options;
    this.#hasWork = true;
    await this.#renew();
    const work = await store.lanesWithWork();
    this.#hasWork = work.length > 0;
    for (const lane of work) await this.#look(lane);
    this.#pending = await store.countPending([...this.#owned.keys()]);
    await this.#releaseIdle();
  }

  async #look({ id, pendingTo, isLeased }: LaneWithWork): Promise<void> {
    const owned = this.#owned.get(id);
    // The bus has not told.
    if (owned && pendingTo > owned.lane.cursor) owned.lane.wake();
    if (!owned && !isLeased) await this.#take(id);
  }

  async #renew(): Promise<void> {
    const { store, leaseMs } = this.#options;
    const askedAt = performance.now();
    if (this.#owned.size === 0 || askedAt - this.#renewedAt < leaseMs / 4) return;
    const still = new Set(await store.renew([...this.#owned.keys()], this.#owner, leaseMs));
    this.#renewedAt = askedAt;
    for (const [id, { lane }] of this.#owned) {
      if (still.has(id)) {
        lane.extend(askedAt + leaseMs - CLOCK_GRAIN_MS);
      } else {
        this.#owned.delete(id);
        const end = lane.close(CLOSE_PATIENCE_MS).finally(() => this.#lost.delete(end));
        this.#lost.add(end);
      }
    }
  }

  async #releaseIdle(): Promise<void> {
    const now = performance.now();
    const idle: number[] = [];
    for (const [id, owned] of this.#owned) {
      owned.idleSince = owned.lane.isIdle ? (owned.idleSince ?? now) : null;
      if (owned.idleSince === null || now - owned.idleSince < this.#options.lingerMs) continue;
      this.#owned.delete(id);
      await owned.lane.close(0);
      idle.push(id);
    }
    await this.#options.store.release(idle, this.#owner);
  }
}
