import type { SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import type { RoomPolicy, RoomStore } from '../store/room-store';
import { isReadable, noSuchRoom, roleIn } from './policy';

/**
 * The room as it is in the database now.
 *
 * @throws {Refusal} `not_found`, also where `who` may not know of the room.
 */
export async function findRoom(
  roomStore: RoomStore,
  who: SessionUser | null,
  slug: string,
): Promise<RoomPolicy> {
  const room = await roomStore.findBySlug(slug);
  const policy = room && (await roomStore.policy(room.id));
  if (!policy || !isReadable(policy, who)) throw noSuchRoom('slug');
  return policy;
}

/** @throws {Refusal} `unauthenticated` */
export function assertSignedIn(who: SessionUser | null): asserts who is SessionUser {
  if (!who) throw new Refusal('unauthenticated', 'sign in first');
}

/** @throws {Refusal} `forbidden` for whoever is neither the owner nor an admin. */
export function assertOwns(policy: RoomPolicy, who: SessionUser): void {
  if (who.role === 'admin' || roleIn(policy, who) === 'owner') return;
  throw new Refusal('forbidden', 'only the owner may do this');
}
