import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { asNumber } from './as-number';

/** What changes seldom about a room. Its counters are in `room_heads`. */
@Entity('rooms')
@Index('rooms_slug', ['slug'], { unique: true })
@Index('rooms_listed', ['visibility', 'state', 'id'])
export class RoomEntity {
  @PrimaryGeneratedColumn({ type: 'int' })
  id!: number;

  @Column({ type: 'varchar', length: 64 })
  slug!: string;

  @Column({ type: 'varchar', length: 400 })
  title!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 24, nullable: true })
  ownerId!: string | null;

  @Column({ type: 'varchar', length: 8 })
  state!: 'live' | 'offline';

  @Column({ type: 'varchar', length: 8 })
  visibility!: 'public' | 'unlisted' | 'private';

  @Column({ name: 'stream_url', type: 'varchar', length: 2048, nullable: true })
  streamUrl!: string | null;

  @Column({ name: 'slow_mode_ms', type: 'int', default: 0 })
  slowModeMs!: number;

  @Column({ name: 'created_at', type: 'bigint', transformer: asNumber })
  createdAt!: number;
}
