import type { SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import { StalePolicy, type Appended, type Draft, type RoomLog } from '../store/room-log';
import type { RoomPolicy } from '../store/room-store';
import type { LiveRoom } from './live-room';
import { assertReadable } from './policy';
import type { RoomFloor } from './room-floor';

/** Readers are let in under a policy that is at most this old. */
const READER_POLICY_MS = 1_000;
/** A draft that meets a newer policy each time is given up after this many. */
const POLICY_TRIES = 8;

/** The way into a room, and into its log: what every use case begins and ends with. */
export class RoomAccess {
  constructor(
    private readonly floor: RoomFloor,
    private readonly roomLog: RoomLog,
  ) {}

  /** The room, and that `user` may read it. */
  async enter(
    slug: string,
    user: SessionUser | null,
  ): Promise<{ room: LiveRoom; policy: RoomPolicy }> {
    const room = await this.floor.open(slug);
    try {
      const policy = await room.policy(READER_POLICY_MS);
      assertReadable(policy, user);
      await this.floor.assureFresh(room);
      return { room, policy };
    } catch (error) {
      const isGone = error instanceof Refusal && error.code === 'not_found';
      if (isGone && !slug.startsWith('~')) this.floor.drop(room);
      throw error;
    }
  }

  /** Drafts under the current policy and appends; drafts again where the policy changed on the way. */
  async append(
    room: LiveRoom,
    draft: (policy: RoomPolicy) => Draft | Promise<Draft>,
  ): Promise<Appended> {
    for (let i = 0; i < POLICY_TRIES; i++) {
      const policy = await room.policy();
      try {
        return await this.roomLog.append(room.id, await draft(policy));
      } catch (error) {
        if (error instanceof AlreadyCommitted) return error.appended;
        if (!(error instanceof StalePolicy)) throw error;
        room.forgetPolicy();
      }
    }
    throw new Refusal('unavailable', 'the room is being changed', { retryAfterMs: 500 });
  }
}

/** The message of this key is in the log. */
export class AlreadyCommitted extends Error {
  constructor(readonly appended: Appended) {
    super('already committed');
  }
}
