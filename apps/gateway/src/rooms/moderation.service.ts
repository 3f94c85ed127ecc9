import type { DeleteRequest, MuteRequest, SessionUser, UnmuteRequest } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import type { RoomLog } from '../store/room-log';
import { moderates, mutedUntil, roleIn } from './policy';
import type { RoomAccess } from './room-access';
import type { RoomFloor } from './room-floor';

export interface ModerationServiceOptions {
  access: RoomAccess;
  floor: RoomFloor;
  roomLog: RoomLog;
}

/** Keeping order in a room. */
export class ModerationService {
  readonly #options: ModerationServiceOptions;

  constructor(options: ModerationServiceOptions) {
    this.#options = options;
  }

  /** Resolves when no gateway gives the text out any more (G9). Its author may delete a message, and so may who keeps order. */
  async delete(
    user: SessionUser | null,
    { room: slug, seq }: DeleteRequest,
  ): Promise<{ seq: number }> {
    if (!user) throw new Refusal('forbidden', 'sign in first');
    const { room } = await this.#options.access.enter(slug, user);
    const entry = await this.#options.roomLog.entry(room.id, seq);
    if (entry?.kind !== 'message' || entry.withdrawn) {
      throw new Refusal('not_found', 'there is no such message', { field: 'seq' });
    }
    const author = (JSON.parse(entry.json) as { user: { id: string } }).user.id;
    const appended = await this.#options.access.append(room, (policy) => {
      const isOwn = author === user.id && mutedUntil(policy, user, Date.now()) === null;
      const isOwners = author === policy.room.ownerId && roleIn(policy, user) === 'moderator';
      if (!isOwn && (isOwners || !moderates(policy, user))) {
        throw new Refusal('forbidden', 'only moderators delete what others said');
      }
      return {
        kind: 'delete',
        userId: null,
        key: null,
        body: { target: seq, by: user.id },
        policyVersion: policy.version,
        effect: { type: 'withdraw', seq },
      };
    });
    await this.#options.floor.confirm(room, appended.seq);
    return { seq: appended.seq };
  }

  /** From the mute's place in the log on there is no message of that user until it ends (G9). */
  async mute(user: SessionUser | null, request: MuteRequest): Promise<{ seq: number }> {
    const { user: target, seconds, reason } = request;
    const until = Date.now() + seconds * 1_000;
    const by = { until, ...(reason !== undefined && { reason }) };
    return this.#changeMute(user, request.room, { target, until, kind: 'mute', fields: by });
  }

  async unmute(user: SessionUser | null, request: UnmuteRequest): Promise<{ seq: number }> {
    const { user: target } = request;
    return this.#changeMute(user, request.room, {
      target,
      until: null,
      kind: 'unmute',
      fields: {},
    });
  }

  async #changeMute(
    user: SessionUser | null,
    slug: string,
    change: {
      target: string;
      until: number | null;
      kind: 'mute' | 'unmute';
      fields: Record<string, unknown>;
    },
  ): Promise<{ seq: number }> {
    if (!user) throw new Refusal('forbidden', 'sign in first');
    const { room } = await this.#options.access.enter(slug, user);
    const { target, until, kind, fields } = change;
    const appended = await this.#options.access.append(room, (policy) => {
      const targetKeepsOrder =
        target === policy.room.ownerId || policy.roles.get(target) === 'moderator';
      const isAbove = policy.room.ownerId === user.id || user.role === 'admin';
      if (!moderates(policy, user) || target === user.id || (targetKeepsOrder && !isAbove)) {
        throw new Refusal('forbidden', 'you may not mute or unmute this user here');
      }
      return {
        kind,
        userId: null,
        key: null,
        body: { user: target, ...fields, by: user.id },
        policyVersion: policy.version,
        effect: { type: 'mute', userId: target, until },
      };
    });
    return { seq: appended.seq };
  }
}
