import { DisplayName, UserId, type SessionUser } from '@hubbub/protocol';
import type { Member } from '../../cluster/occupancy';
import type { Database } from '../../store/database';
import { UserEntity } from '../../store/entities/user.entity';
import { SubscriptionRefused } from '../channel-backing';

/** Who a trusted server with ADMIN_TOKEN is: nobody of the users, and nobody else may be taken for it. */
const RESERVED_ID = 'admin';
const BAD_ID =
  'The user_id of a member of a room has 1 to 24 characters of A-Z a-z 0-9 _ . - and is not "admin".';

function nameIn(info: string | null): string | null {
  const value = info === null ? null : (JSON.parse(info) as unknown);
  const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : null;
  return DisplayName.safeParse(name).data ?? null;
}

/** Whether it is an id of somebody who can speak, and be muted, in a room. */
export function isSpeakerId(id: string): boolean {
  return UserId.safeParse(id).success && id !== RESERVED_ID;
}

/**
 * Who the members of presence channels are in rooms. Whoever holds the secret of the rooms' app speaks for its users: a user id
 * that it signs is believed, be it of a user here or of one that only the app knows, and room roles (owner, moderator) count.
 * But nobody is an admin or a bot by it, and no private room is opened.
 */
export class RoomSpeakers {
  constructor(private readonly database: Database) {}

  /** @throws {SubscriptionRefused} */
  async find({ id, info }: Member): Promise<SessionUser> {
    if (!isSpeakerId(id)) throw new SubscriptionRefused('AuthError', BAD_ID, 403);
    const user = await this.database.repository(UserEntity).findOneBy({ id });
    if (user) return { id, name: user.name, role: user.role === 'guest' ? 'guest' : 'user' };
    return { id, name: nameIn(info) ?? id, role: 'user' };
  }
}
