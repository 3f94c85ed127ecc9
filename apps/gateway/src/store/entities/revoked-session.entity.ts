import { Column, Entity, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number';

/** A session that was signed out before its token ran out. */
@Entity('revoked_sessions')
export class RevokedSessionEntity {
  /** The token's `jti`. */
  @PrimaryColumn({ type: 'varchar', length: 32 })
  id!: string;

  /** Unix ms, after which the token is refused by its own date and this row may go. */
  @Column({ name: 'expires_at', type: 'bigint', transformer: asNumber })
  expiresAt!: number;
}
