import { databaseRefusal } from '../../database-errors';
import { Refusal } from '../../refusal';
import { SubscriptionRefused } from '../channel-backing';

/** The same for a room that is private and for one that there is not: neither is told from the other. */
export const NO_ROOM_FOR_ALL = 'There is no such room, or it is not for everybody to read.';

export function noRoomForAll(): SubscriptionRefused {
  return new SubscriptionRefused('AuthError', NO_ROOM_FOR_ALL, 404);
}

/** What a subscriber is told of a failure. @throws `error` where it is a bug. */
export function toSubscriptionRefused(error: unknown): SubscriptionRefused {
  if (error instanceof SubscriptionRefused) return error;
  const refusal = error instanceof Refusal ? error : databaseRefusal(error);
  if (!refusal) throw error;
  const isHidden = refusal.code === 'not_found' || refusal.code === 'forbidden';
  return isHidden
    ? noRoomForAll()
    : new SubscriptionRefused('ServerError', refusal.message, refusal.status);
}
