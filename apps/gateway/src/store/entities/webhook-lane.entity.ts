import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { asNumber } from './as-number';

/**
 * What is posted to one webhook of one app, and by which gateway. Whoever inserts deliveries takes their numbers here, and holds
 * the lock of this row until the commit: an earlier number is always readable.
 */
@Entity('webhook_lanes')
@Index('webhook_lanes_webhook', ['appId', 'webhook'], { unique: true })
export class WebhookLaneEntity {
  @PrimaryGeneratedColumn({ type: 'int' })
  id!: number;

  @Column({ name: 'app_id', type: 'varchar', length: 255 })
  appId!: string;

  /** Which of the app's webhooks. */
  @Column({ type: 'varchar', length: 64 })
  webhook!: string;

  /** Where it goes, to be shown: without a query, a user or a password. */
  @Column({ type: 'varchar', length: 2048 })
  target!: string;

  /** The number of the last delivery. */
  @Column({ name: 'last_seq', type: 'bigint', default: 0, transformer: asNumber })
  lastSeq!: number;

  /** The gateway that posts. */
  @Column({ type: 'varchar', length: 128, nullable: true })
  owner!: string | null;

  /** Unix ms by the database's clock, after which another gateway may take it. */
  @Column({ name: 'lease_until', type: 'bigint', default: 0, transformer: asNumber })
  leaseUntil!: number;
}
