import type { Database } from './database';
import { RoomEntity } from './entities/room.entity';
import { RoomMemberEntity } from './entities/room-member.entity';
import { UserEntity } from './entities/user.entity';

/** Who may do what in a room, as of `version`. */
export interface RoomPolicy {
  version: number;
  room: RoomEntity;
  /** Roles that were given; the owner is in `room`. */
  roles: Map<string, 'member' | 'moderator'>;
  /** Until when each muted user may not speak, in Unix ms. */
  mutes: Map<string, number>;
}

/** Rooms as the use cases need them. */
export class RoomStore {
  constructor(private readonly database: Database) {}

  findBySlug(slug: string): Promise<RoomEntity | null> {
    return this.database.repository(RoomEntity).findOneBy({ slug });
  }

  /**
   * Null where the room is gone. The version is read first: what is read after it may be newer than the version says, and then
   * the commit that names it fails; never the other way round.
   */
  async policy(roomId: number): Promise<RoomPolicy | null> {
    const heads: { policy_version: number }[] = await this.database.dataSource.query(
      'SELECT policy_version FROM room_heads WHERE room_id = ?',
      [roomId],
    );
    const head = heads[0];
    if (!head) return null;
    const now = Date.now();
    // Side by side: over a slow path each trip is a wait, and a join has several of them.
    const [room, members] = await Promise.all([
      this.database.repository(RoomEntity).findOneBy({ id: roomId }),
      this.database
        .repository(RoomMemberEntity)
        .createQueryBuilder('member')
        .where('member.roomId = :roomId', { roomId })
        .andWhere("(member.role <> 'viewer' OR member.mutedUntil > :now)", { now })
        .getMany(),
    ]);
    if (!room) return null;
    const roles = new Map<string, 'member' | 'moderator'>();
    const mutes = new Map<string, number>();
    for (const { userId, role, mutedUntil } of members) {
      if (role !== 'viewer') roles.set(userId, role);
      if (mutedUntil !== null && mutedUntil > now) mutes.set(userId, mutedUntil);
    }
    return { version: head.policy_version, room, roles, mutes };
  }

  async owner(userId: string): Promise<{ id: string; name: string } | null> {
    const user = await this.database.repository(UserEntity).findOneBy({ id: userId });
    return user && { id: user.id, name: user.name };
  }

  /** How far the user has read; it never goes back. */
  async setRead(roomId: number, userId: string, seq: number): Promise<void> {
    const insert =
      "INSERT INTO room_members (room_id, user_id, role, read_seq) VALUES (?, ?, 'viewer', ?)";
    const update =
      this.database.kind === 'mysql'
        ? 'ON DUPLICATE KEY UPDATE read_seq = GREATEST(read_seq, VALUES(read_seq))'
        : 'ON CONFLICT (room_id, user_id) DO UPDATE SET read_seq = max(read_seq, excluded.read_seq)';
    await this.database.dataSource.query(`${insert} ${update}`, [roomId, userId, seq]);
  }
}
