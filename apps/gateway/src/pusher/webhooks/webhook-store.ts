import { Not, type EntityManager } from 'typeorm';
import type { Database } from '../../store/database';
import { WebhookDeliveryEntity } from '../../store/entities/webhook-delivery.entity';
import { WebhookLaneEntity } from '../../store/entities/webhook-lane.entity';

/** An event for one webhook, before it is in the database. */
export interface NewDelivery {
  readonly appId: string;
  /** The webhook's key. */
  readonly webhook: string;
  readonly target: string;
  readonly eventId: string;
  readonly orderingKey: string;
  /** JSON. */
  readonly body: string;
  /** Unix ms. */
  readonly recordedAt: number;
}

/** One that is to be posted. */
export type Delivery = Pick<
  WebhookDeliveryEntity,
  'seq' | 'orderingKey' | 'body' | 'recordedAt' | 'queuedAt' | 'attempts' | 'dueAt'
>;

/** A lane in which something is to be posted. */
export interface LaneWithWork {
  id: number;
  /** The last number that is to be posted. */
  pendingTo: number;
  /** 1 or 0. */
  isLeased: number;
}

/** What became of an attempt. */
export interface Result {
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly at: number;
  readonly dueAt: number | null;
  readonly status: number | null;
  readonly error: string | null;
}

/** A lane that was known was removed with the last of its deliveries. */
class LaneIsGone extends Error {}

/** The outbox's tables: lanes with their leases, and the deliveries in them. */
export class WebhookStore {
  readonly #database: Database;
  /** Ids of lanes by app and webhook. */
  readonly #lanes = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inserts all of them or none; what is there already is passed over. Returns the lanes. */
  async insert(deliveries: readonly NewDelivery[]): Promise<number[]> {
    const laneOf = new Map<string, number>();
    for (const delivery of deliveries) {
      const name = nameOf(delivery);
      if (!laneOf.has(name)) laneOf.set(name, await this.#findLane(delivery));
    }
    const byLane = new Map<number, NewDelivery[]>();
    for (const delivery of deliveries) {
      const lane = laneOf.get(nameOf(delivery)) ?? 0;
      const others = byLane.get(lane);
      if (others) others.push(delivery);
      else byLane.set(lane, [delivery]);
    }
    try {
      await this.#database.transaction((manager) => this.#insert(manager, byLane));
    } catch (error) {
      if (!(error instanceof LaneIsGone)) throw error;
      for (const name of laneOf.keys()) this.#lanes.delete(name);
      return this.insert(deliveries);
    }
    return [...byLane.keys()];
  }

  /** All lanes in which something is to be posted. */
  async lanesWithWork(): Promise<LaneWithWork[]> {
    const last = `SELECT d.seq FROM webhook_deliveries d WHERE d.state = 'pending' AND d.lane_id = l.id ORDER BY d.seq DESC LIMIT 1`;
    return this.#query<LaneWithWork>(
      `SELECT * FROM (
        SELECT l.id, l.owner IS NOT NULL AND l.lease_until > ${this.#now} AS isLeased, (${last}) AS pendingTo FROM webhook_lanes l
      ) lanes WHERE pendingTo IS NOT NULL`,
      [],
    );
  }

  /** Takes a lane that is nobody's. Null where it is somebody's. */
  async claim(id: number, owner: string, leaseMs: number): Promise<WebhookLaneEntity | null> {
    const { affected } = await this.#updateLanes()
      .set({ owner, leaseUntil: () => `${this.#now} + ${String(leaseMs)}` })
      .where(`id = :id AND (owner IS NULL OR owner = :owner OR lease_until <= ${this.#now})`, {
        id,
        owner,
      })
      .execute();
    if (affected !== 1) return null;
    return this.#database.repository(WebhookLaneEntity).findOneBy({ id });
  }

  /** Returns those that are still the owner's. */
  async renew(ids: readonly number[], owner: string, leaseMs: number): Promise<number[]> {
    if (ids.length === 0) return [];
    await this.#updateLanes()
      .set({ leaseUntil: () => `${this.#now} + ${String(leaseMs)}` })
      .where('id IN (:...ids) AND owner = :owner', { ids, owner })
      .execute();
    const lanes = await this.#database.repository(WebhookLaneEntity).findBy({ owner });
    return lanes.map(({ id }) => id);
  }

  async release(ids: readonly number[], owner: string): Promise<void> {
    if (ids.length === 0) return;
    await this.#updateLanes()
      .set({ owner: null, leaseUntil: 0 })
      .where('id IN (:...ids) AND owner = :owner', { ids, owner })
      .execute();
  }

  /** What is to be posted after a number, in order. */
  async read(laneId: number, after: number, limit: number): Promise<Delivery[]> {
    return this.#query<Delivery>(
      `SELECT seq, ordering_key AS orderingKey, body, recorded_at AS recordedAt, queued_at AS queuedAt, attempts, due_at AS dueAt
        FROM webhook_deliveries WHERE state = 'pending' AND lane_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
      [laneId, after, limit],
    );
  }

  /** Writes down an attempt. Nothing changes where another gateway has written down that it was the last one. */
  async settle(laneId: number, seqs: readonly number[], result: Result): Promise<void> {
    const { state, at, dueAt, status, error } = result;
    const settledAt = state === 'pending' ? null : at;
    await this.#updateDeliveries()
      .set({ state, attempts: () => 'attempts + 1', dueAt, settledAt, status, error })
      .where("lane_id = :laneId AND seq IN (:...seqs) AND state = 'pending'", { laneId, seqs })
      .execute();
  }

  /** What comes after a number and waits since `queuedBefore` or longer has failed as that has. Returns how many. */
  async giveUp(
    laneId: number,
    orderingKey: string,
    { after, queuedBefore, error }: { after: number; queuedBefore: number; error: string },
  ): Promise<number> {
    const { affected } = await this.#updateDeliveries()
      .set({ state: 'failed', settledAt: Date.now(), error })
      .where(
        "state = 'pending' AND lane_id = :laneId AND seq > :after AND ordering_key = :orderingKey AND queued_at <= :queuedBefore",
        { laneId, after, orderingKey, queuedBefore },
      )
      .execute();
    return affected ?? 0;
  }

  /**
   * Puts a delivery that is settled behind all others of its lane, to be posted once more. Returns its new number; null where there
   * is none, or it is pending.
   */
  requeue(laneId: number, seq: number): Promise<number | null> {
    return this.#database.transaction(async (manager) => {
      const [lane] = await this.#lock(manager, [laneId]);
      const isSettled = { laneId, seq, state: Not('pending' as const) };
      if (!lane || !(await manager.existsBy(WebhookDeliveryEntity, isSettled))) return null;
      const next = lane.lastSeq + 1;
      const anew = { attempts: 0, dueAt: null, settledAt: null, status: null, error: null };
      await manager.update(WebhookDeliveryEntity, isSettled, {
        ...anew,
        seq: next,
        state: 'pending',
        queuedAt: Date.now(),
      });
      await manager.update(WebhookLaneEntity, { id: laneId }, { lastSeq: next });
      return next;
    });
  }

  async countPending(laneIds: readonly number[]): Promise<number> {
    if (laneIds.length === 0) return 0;
    const rows = await this.#query<{ count: number }>(
      `SELECT COUNT(*) AS count FROM webhook_deliveries WHERE state = 'pending' AND lane_id IN (${marks(laneIds.length)})`,
      [...laneIds],
    );
    return rows[0]?.count ?? 0;
  }

  async #insert(manager: EntityManager, byLane: Map<number, NewDelivery[]>): Promise<void> {
    // Every transaction locks its lanes in one order, so that no two wait for each other.
    const locked = await this.#lock(
      manager,
      [...byLane.keys()].sort((a, b) => a - b),
    );
    if (locked.length < byLane.size) throw new LaneIsGone();
    const values = locked.flatMap(({ id, lastSeq }) =>
      (byLane.get(id) ?? []).flatMap((one, i) => [
        id,
        lastSeq + i + 1,
        one.eventId,
        one.orderingKey,
        one.body,
        one.recordedAt,
        one.recordedAt,
      ]),
    );
    const rows = Array.from({ length: values.length / 7 }, () => `(${marks(7)})`).join(', ');
    await manager.query(
      `INSERT INTO webhook_deliveries (lane_id, seq, event_id, ordering_key, body, recorded_at, queued_at) VALUES ${rows}
        ${this.#orNothing('lane_id, event_id', 'lane_id')}`,
      values,
    );
    const steps = locked.flatMap(({ id }) => [id, byLane.get(id)?.length ?? 0]);
    const cases = locked.map(() => 'WHEN ? THEN ?').join(' ');
    const ids = locked.map(({ id }) => id);
    await manager.query(
      `UPDATE webhook_lanes SET last_seq = last_seq + CASE id ${cases} ELSE 0 END WHERE id IN (${marks(ids.length)})`,
      [...steps, ...ids],
    );
  }

  async #lock(
    manager: EntityManager,
    ids: readonly number[],
  ): Promise<{ id: number; lastSeq: number }[]> {
    const sql = `SELECT id, last_seq AS lastSeq FROM webhook_lanes WHERE id IN (${marks(ids.length)}) ORDER BY id`;
    const rows: { id: number; lastSeq: number }[] = await manager.query(
      this.#database.kind === 'mysql' ? `${sql} FOR UPDATE` : sql,
      [...ids],
    );
    return rows;
  }

  async #findLane(delivery: NewDelivery): Promise<number> {
    const name = nameOf(delivery);
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const { appId, webhook, target } = delivery;
    const find = () =>
      this.#query<{ id: number }>('SELECT id FROM webhook_lanes WHERE app_id = ? AND webhook = ?', [
        appId,
        webhook,
      ]);
    let [row] = await find();
    if (!row) {
      await this.#query(
        `INSERT INTO webhook_lanes (app_id, webhook, target) VALUES (?, ?, ?) ${this.#orNothing('app_id, webhook', 'app_id')}`,
        [appId, webhook, target],
      );
      [row] = await find();
    }
    if (!row) throw new LaneIsGone();
    this.#lanes.set(name, row.id);
    return row.id;
  }

  #orNothing(unique: string, column: string): string {
    return this.#database.kind === 'mysql'
      ? `ON DUPLICATE KEY UPDATE ${column} = ${column}`
      : `ON CONFLICT (${unique}) DO NOTHING`;
  }

  /** Unix ms, in whole seconds: one clock for the leases of all gateways. */
  get #now(): string {
    return this.#database.kind === 'mysql'
      ? 'UNIX_TIMESTAMP() * 1000'
      : "CAST(strftime('%s', 'now') AS INTEGER) * 1000";
  }

  #query<T>(sql: string, values: (string | number)[]): Promise<T[]> {
    return this.#database.dataSource.query(sql, values);
  }

  #updateLanes() {
    return this.#database.repository(WebhookLaneEntity).createQueryBuilder().update();
  }

  #updateDeliveries() {
    return this.#database.repository(WebhookDeliveryEntity).createQueryBuilder().update();
  }
}

const nameOf = ({ appId, webhook }: NewDelivery) => `${webhook} ${appId}`;
const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ');
