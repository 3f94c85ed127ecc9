import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number';

/** One entry of a room's log (P10). */
@Entity('room_entries')
@Index('room_entries_key', ['roomId', 'userId', 'key'], { unique: true })
export class RoomEntryEntity {
  @PrimaryColumn({ name: 'room_id', type: 'int' })
  roomId!: number;

  @PrimaryColumn({ type: 'bigint', transformer: asNumber })
  seq!: number;

  /** Unix ms. */
  @Column({ type: 'bigint', transformer: asNumber })
  at!: number;

  @Column({ type: 'varchar', length: 16 })
  kind!: string;

  /** Empty where nobody's key counts: an entry that the gateway itself makes. */
  @Column({ name: 'user_id', type: 'varchar', length: 24 })
  userId!: string;

  /**
   * The sender's idempotency key (G4). An entry without one gets a random one, so that a commit whose answer was lost can be
   * told from one that never was.
   */
  @Column({ name: 'idempotency_key', type: 'varchar', length: 64 })
  key!: string;

  /** The entry as JSON without `seq` and `at`: `{"kind":…`. Given out as it stands, so it is encoded once in its life. */
  @Column({ type: 'text' })
  body!: string;

  /** Deleted by a moderator or its author: given out without its text (P13). */
  @Column({ type: 'boolean', default: false })
  withdrawn!: boolean;
}
