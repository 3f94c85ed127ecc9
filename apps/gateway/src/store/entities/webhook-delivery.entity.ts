import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number';

/** One event for one webhook. */
@Entity('webhook_deliveries')
@Index('webhook_deliveries_event', ['laneId', 'eventId'], { unique: true })
@Index('webhook_deliveries_state', ['state', 'laneId', 'seq'])
export class WebhookDeliveryEntity {
  @PrimaryColumn({ name: 'lane_id', type: 'int' })
  laneId!: number;

  /** Grows within the lane; a number may be left out. Sent again, a delivery gets a new one. */
  @PrimaryColumn({ type: 'bigint', transformer: asNumber })
  seq!: number;

  /** What is told twice has the same one, and is kept once. */
  @Column({ name: 'event_id', type: 'varchar', length: 64 })
  eventId!: string;

  /** Deliveries of a lane with the same one are posted in order. */
  @Column({ name: 'ordering_key', type: 'varchar', length: 64 })
  orderingKey!: string;

  /** The event as JSON, posted as it stands. */
  @Column({ type: 'mediumtext' })
  body!: string;

  @Column({ type: 'varchar', length: 16, default: 'pending' })
  state!: 'pending' | 'delivered' | 'failed';

  /** Unix ms of the event. */
  @Column({ name: 'recorded_at', type: 'bigint', transformer: asNumber })
  recordedAt!: number;

  /** Unix ms from which it is tried: later than `recordedAt` where it is sent again. */
  @Column({ name: 'queued_at', type: 'bigint', transformer: asNumber })
  queuedAt!: number;

  @Column({ type: 'int', default: 0 })
  attempts!: number;

  /** Unix ms before which it is not tried again; null: it was not tried. */
  @Column({ name: 'due_at', type: 'bigint', nullable: true, transformer: asNumber })
  dueAt!: number | null;

  /** Unix ms at which it was delivered or given up. */
  @Column({ name: 'settled_at', type: 'bigint', nullable: true, transformer: asNumber })
  settledAt!: number | null;

  /** The HTTP status of the last attempt, if there was an answer. */
  @Column({ type: 'int', nullable: true })
  status!: number | null;

  /** Why the last attempt failed. */
  @Column({ type: 'varchar', length: 500, nullable: true })
  error!: string | null;
}
