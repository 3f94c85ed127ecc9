import { setTimeout as delay } from 'node:timers/promises';
import { In, type EntityManager } from 'typeorm';
import type { Log } from '../../log';
import type { Database } from '../../store/database';
import { WebhookDeliveryEntity } from '../../store/entities/webhook-delivery.entity';
import { WebhookLaneEntity } from '../../store/entities/webhook-lane.entity';

/** Rows are removed in steps, so that no step holds the database for long. */
const STEP = 500;
const BETWEEN_STEPS_MS = 50;

export interface SweepTimes {
  /** How long deliveries are kept for those who want to look at them. */
  keepDeliveredMs: number;
  keepFailedMs: number;
  sweepEveryMs: number;
}

interface SweeperOptions extends SweepTimes {
  database: Database;
  log: Log;
}

/** Removes deliveries that are done with and old, and lanes in which nothing is left. */
export class WebhookSweeper {
  readonly #options: SweeperOptions;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
    // Gateways that start together do not sweep together.
    const everyMs = options.sweepEveryMs * (0.75 + Math.random() / 2);
    this.#timer = setInterval(() => {
      this.#sweeping ??= this.#trySweep().finally(() => {
        this.#sweeping = undefined;
      });
    }, everyMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await this.#sweeping;
  }

  async #trySweep(): Promise<void> {
    const { database, log, keepDeliveredMs, keepFailedMs } = this.#options;
    try {
      for (const { id } of await database.repository(WebhookLaneEntity).find()) {
        await this.#removeOld(id, 'delivered', Date.now() - keepDeliveredMs);
        await this.#removeOld(id, 'failed', Date.now() - keepFailedMs);
        await this.#removeEmpty(id);
      }
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      log.debug('webhooks: old deliveries were not removed', { error: String(error) });
    }
  }

  /** What is settled late is passed over with those that are settled before it, until all of them are old. */
  async #removeOld(laneId: number, state: 'delivered' | 'failed', before: number): Promise<void> {
    const deliveries = this.#options.database.repository(WebhookDeliveryEntity);
    for (;;) {
      const oldest = await deliveries.find({
        select: { seq: true, settledAt: true },
        where: { laneId, state },
        order: { seq: 'ASC' },
        take: STEP,
      });
      const old = oldest.filter(({ settledAt }) => (settledAt ?? 0) < before);
      if (old.length === 0) return;
      await deliveries.delete({ laneId, state, seq: In(old.map(({ seq }) => seq)) });
      if (oldest.length < STEP) return;
      await delay(BETWEEN_STEPS_MS, undefined, { signal: this.#ending.signal });
    }
  }

  async #removeEmpty(id: number): Promise<void> {
    const { database } = this.#options;
    if (await database.repository(WebhookDeliveryEntity).existsBy({ laneId: id })) return;
    await database.transaction(async (manager: EntityManager) => {
      // Whoever inserts holds the same lock, and looks whether the lane is still there.
      const lock = database.kind === 'mysql' ? 'FOR UPDATE' : '';
      await manager.query(`SELECT id FROM webhook_lanes WHERE id = ? ${lock}`, [id]);
      const isUsed = await manager.existsBy(WebhookDeliveryEntity, { laneId: id });
      if (!isUsed) await manager.delete(WebhookLaneEntity, { id });
    });
  }
}
