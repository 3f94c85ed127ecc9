import { Column, Entity, PrimaryColumn } from 'typeorm';
import { asNumber } from './as-number';

/** The counters of a room. The row lock that an UPDATE takes here is the room's sequencer (G2). */
@Entity('room_heads')
export class RoomHeadEntity {
  @PrimaryColumn({ name: 'room_id', type: 'int' })
  roomId!: number;

  /** The sequence of the last committed entry; 0 for an empty log. */
  @Column({ name: 'last_seq', type: 'bigint', default: 0, transformer: asNumber })
  lastSeq!: number;

  /**
   * Grows by one with every change of what decides who may speak: mutes, roles, slow mode, state, visibility. A commit names
   * the version it was checked against and fails where it is no longer the current one (G9).
   */
  @Column({ name: 'policy_version', type: 'int', default: 0 })
  policyVersion!: number;
}
