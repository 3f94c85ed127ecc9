import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number';

/** What a room knows of a user: role, mute, how far they have read. */
@Entity('room_members')
@Index('room_members_user', ['userId'])
export class RoomMemberEntity {
  @PrimaryColumn({ name: 'room_id', type: 'int' })
  roomId!: number;

  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 24 })
  userId!: string;

  /** `viewer` is a row that only carries a mute or a read cursor. */
  @Column({ type: 'varchar', length: 16, default: 'viewer' })
  role!: 'viewer' | 'member' | 'moderator';

  /** Unix ms until which the user may not speak; null: not muted. */
  @Column({ name: 'muted_until', type: 'bigint', nullable: true, transformer: asNumber })
  mutedUntil!: number | null;

  @Column({ name: 'read_seq', type: 'bigint', default: 0, transformer: asNumber })
  readSeq!: number;
}
