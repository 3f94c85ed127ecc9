import type { Author, RoomDescription, RoomRole, SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import type { RoomEntity } from '../store/entities/room.entity';
import type { RoomPolicy } from '../store/room-store';

/** The same for a room that there is not and for one that nobody may know of: neither is told from the other. */
export function noSuchRoom(field: 'room' | 'slug'): Refusal {
  return new Refusal('not_found', 'there is no such room', { field });
}

/** What somebody is in a room. */
export function roleIn(policy: RoomPolicy, user: SessionUser | null): RoomRole {
  if (!user) return 'viewer';
  if (policy.room.ownerId === user.id) return 'owner';
  return policy.roles.get(user.id) ?? 'viewer';
}

/** True for those who keep order: the owner, moderators, and a trusted server. */
export function moderates(policy: RoomPolicy, user: SessionUser | null): boolean {
  const role = roleIn(policy, user);
  return role === 'owner' || role === 'moderator' || user?.role === 'admin';
}

/** A private room is for those who have a role in it. */
export function isReadable(policy: RoomPolicy, user: SessionUser | null): boolean {
  const isPublic = policy.room.visibility !== 'private';
  return isPublic || user?.role === 'admin' || roleIn(policy, user) !== 'viewer';
}

/** @throws {Refusal} `forbidden` for a private room, `not_found` for a room of two, where `user` is not of it. */
export function assertReadable(policy: RoomPolicy, user: SessionUser | null): void {
  if (isReadable(policy, user)) return;
  // That two people talk to each other is nobody else's business, so their room is not even there.
  if (policy.room.slug.startsWith('~')) throw noSuchRoom('room');
  throw new Refusal('forbidden', 'this room is private');
}

/** Until when `user` may not speak, in Unix ms; null where they may. */
export function mutedUntil(
  policy: RoomPolicy,
  user: SessionUser | null,
  now: number,
): number | null {
  const until = user ? policy.mutes.get(user.id) : undefined;
  return until !== undefined && until > now ? until : null;
}

/** The sender as everybody sees them. */
export function toAuthor(policy: RoomPolicy, user: SessionUser): Author {
  const author: Author = { id: user.id, name: user.name };
  const role = roleIn(policy, user);
  if (role === 'owner' || role === 'moderator') author.role = role;
  else if (user.role === 'bot' || user.role === 'admin') author.role = user.role;
  return author;
}

/** What everybody may know of a room. */
export function describeRoom(
  room: RoomEntity,
  owner: { id: string; name: string } | null,
): RoomDescription {
  return {
    slug: room.slug,
    title: room.title,
    state: room.state,
    visibility: room.visibility,
    owner: owner && { id: owner.id, name: owner.name },
    streamUrl: room.streamUrl,
    slowModeMs: room.slowModeMs,
    createdAt: room.createdAt,
  };
}
