import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number';
import type { UserRole } from '@hubbub/protocol';

@Entity('users')
@Index('users_handle', ['handle'], { unique: true })
export class UserEntity {
  /** Public, random, never used again. */
  @PrimaryColumn({ type: 'varchar', length: 24 })
  id!: string;

  /** Null for a guest. */
  @Column({ type: 'varchar', length: 24, nullable: true })
  handle!: string | null;

  @Column({ type: 'varchar', length: 64 })
  name!: string;

  /** Argon2id, in its PHC string form. Null for a guest. */
  @Column({ name: 'password_hash', type: 'varchar', length: 255, nullable: true })
  passwordHash!: string | null;

  @Column({ type: 'varchar', length: 16 })
  role!: UserRole;

  @Column({ name: 'created_at', type: 'bigint', transformer: asNumber })
  createdAt!: number;
}
