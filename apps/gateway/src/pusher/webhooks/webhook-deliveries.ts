import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type {
  WebhookDelivery,
  WebhookDeliveryListReply,
  WebhookDeliveryQuery,
} from '@hubbub/protocol';
import { Refusal } from '../../refusal';
import { Database } from '../../store/database';
import { WebhookDeliveryEntity } from '../../store/entities/webhook-delivery.entity';
import { WebhookLaneEntity } from '../../store/entities/webhook-lane.entity';
import { WebhookStore } from './webhook-store';

/** What webhooks were sent, for those who run the gateways. Neither secrets nor the values of configured headers are in it. */
@Injectable()
export class WebhookDeliveries {
  readonly #database: Database;
  readonly #store: WebhookStore;

  constructor(database: Database) {
    this.#database = database;
    this.#store = new WebhookStore(database);
  }

  /** The webhook that was added last comes first, and of each the latest. An app without deliveries has an empty list. */
  async list(
    appId: string,
    { status: state, cursor, limit }: WebhookDeliveryQuery,
  ): Promise<WebhookDeliveryListReply> {
    const start = cursor === undefined ? null : toPlace(cursor);
    const lanes = await this.#database
      .repository(WebhookLaneEntity)
      .find({ where: { appId }, order: { id: 'DESC' } });
    const found: WebhookDelivery[] = [];
    for (const lane of lanes) {
      if ((start && lane.id > start.laneId) || found.length > limit) continue;
      const isStart = lane.id === start?.laneId;
      const rows = await this.#database.repository(WebhookDeliveryEntity).find({
        where: { laneId: lane.id, state, ...(isStart && { seq: LessThan(start.seq) }) },
        order: { seq: 'DESC' },
        // One more than asked for tells whether there is a next page.
        take: limit + 1 - found.length,
      });
      found.push(...rows.map((row) => describe(row, lane)));
    }
    const deliveries = found.slice(0, limit);
    const next = found.length > limit ? (deliveries.at(-1)?.id ?? null) : null;
    return { deliveries, next };
  }

  /** Posts a delivery once more, as if it were new: within seconds. @throws {Refusal} `not_found`; `conflict` for one that is pending. */
  async retry(appId: string, id: string): Promise<WebhookDelivery> {
    const { laneId, seq } = toPlace(id);
    const lane = await this.#database
      .repository(WebhookLaneEntity)
      .findOneBy({ id: laneId, appId });
    if (!lane) throw notFound();
    const next = await this.#store.requeue(laneId, seq);
    const deliveries = this.#database.repository(WebhookDeliveryEntity);
    if (next === null) {
      if (!(await deliveries.existsBy({ laneId, seq }))) throw notFound();
      throw new Refusal('conflict', 'this delivery is being sent');
    }
    const row = await deliveries.findOneBy({ laneId, seq: next });
    if (!row) throw notFound();
    return describe(row, lane);
  }
}

const notFound = () => new Refusal('not_found', 'the app has no such delivery');

function toPlace(id: string): { laneId: number; seq: number } {
  const [laneId, seq] = id.split('-');
  return { laneId: Number(laneId), seq: Number(seq) };
}

function describe(row: WebhookDeliveryEntity, { target }: WebhookLaneEntity): WebhookDelivery {
  return {
    id: `${String(row.laneId)}-${String(row.seq)}`,
    status: row.state,
    target,
    event: JSON.parse(row.body) as Record<string, unknown>,
    recordedAt: row.recordedAt,
    attempts: row.attempts,
    nextAttemptAt: row.dueAt,
    settledAt: row.settledAt,
    httpStatus: row.status,
    error: row.error,
  };
}
