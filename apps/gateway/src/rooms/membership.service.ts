import { Inject, Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import type {
  Member,
  MemberListReply,
  MuteListReply,
  PeopleQuery,
  SessionUser,
} from '@hubbub/protocol';
import { Refusal } from '../refusal';
import { Database } from '../store/database';
import { RoomHeadEntity } from '../store/entities/room-head.entity';
import { RoomMemberEntity } from '../store/entities/room-member.entity';
import { RoomStore } from '../store/room-store';
import { POLICY_NEWS } from '../tokens';
import { assertOwns, assertSignedIn, findRoom } from './directory-access';
import { readPeople } from './people';
import { moderates, noSuchRoom } from './policy';
import type { PolicyNews } from './policy-news';

/** Who has which role in a room, and who may not speak. */
@Injectable()
export class MembershipService {
  readonly #database: Database;
  readonly #roomStore: RoomStore;
  readonly #policyNews: PolicyNews;

  constructor(
    database: Database,
    roomStore: RoomStore,
    @Inject(POLICY_NEWS) policyNews: PolicyNews,
  ) {
    this.#database = database;
    this.#roomStore = roomStore;
    this.#policyNews = policyNews;
  }

  /** Who has a role here: the owner first, then by id. @throws {Refusal} `not_found`. */
  async members(
    who: SessionUser | null,
    slug: string,
    { cursor, limit }: PeopleQuery,
  ): Promise<MemberListReply> {
    const { room } = await findRoom(this.#roomStore, who, slug);
    const rows = await this.#members.find({
      where: {
        roomId: room.id,
        role: In(['member', 'moderator']),
        userId: MoreThan(cursor ?? ''),
      },
      order: { userId: 'ASC' },
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    const ownerId = cursor === undefined ? room.ownerId : null;
    const people = await readPeople(this.#database, [ownerId, ...page.map((row) => row.userId)]);
    const owner = ownerId === null ? undefined : people.get(ownerId);
    const members = page.flatMap(({ userId, role }): Member[] =>
      role === 'viewer' ? [] : [{ user: people.get(userId) ?? { id: userId, name: userId }, role }],
    );
    if (owner) members.unshift({ user: owner, role: 'owner' });
    return { members, next: rows.length > limit ? (page.at(-1)?.userId ?? null) : null };
  }

  /** Who may not speak here now. For those who keep order. @throws {Refusal} `unauthenticated`, `not_found`, `forbidden`. */
  async mutes(
    who: SessionUser | null,
    slug: string,
    { cursor, limit }: PeopleQuery,
  ): Promise<MuteListReply> {
    assertSignedIn(who);
    const policy = await findRoom(this.#roomStore, who, slug);
    if (!moderates(policy, who)) throw new Refusal('forbidden', 'only moderators see this');
    const rows = await this.#members.find({
      where: {
        roomId: policy.room.id,
        mutedUntil: MoreThan(Date.now()),
        userId: MoreThan(cursor ?? ''),
      },
      order: { userId: 'ASC' },
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    const people = await readPeople(
      this.#database,
      page.map((row) => row.userId),
    );
    const mutes = page.map(({ userId, mutedUntil }) => ({
      user: people.get(userId) ?? { id: userId, name: userId },
      until: Number(mutedUntil),
    }));
    return { mutes, next: rows.length > limit ? (page.at(-1)?.userId ?? null) : null };
  }

  /**
   * Gives a role, or takes it away with null. When this resolves, no send that was checked against the former roles is committed any
   * more, and whoever may not read any more is given nothing more, at any gateway (G9).
   *
   * @throws {Refusal} `unauthenticated`, `not_found` (the room, the user), `forbidden`, `invalid` (the owner's own role).
   */
  async setRole(
    who: SessionUser | null,
    slug: string,
    { user, role }: { user: string; role: 'member' | 'moderator' | null },
  ): Promise<void> {
    assertSignedIn(who);
    const policy = await findRoom(this.#roomStore, who, slug);
    assertOwns(policy, who);
    const { id: roomId, ownerId } = policy.room;
    if (user === ownerId) {
      throw new Refusal('invalid', 'the owner is the owner', { field: 'user' });
    }
    if (role && !(await readPeople(this.#database, [user])).has(user)) {
      throw new Refusal('not_found', 'there is no such user', { field: 'user' });
    }
    await this.#database.transaction(async (manager) => {
      // The head first, as every commit does: two that take the rows in another order would wait for each other.
      const head = await manager.increment(RoomHeadEntity, { roomId }, 'policyVersion', 1);
      if (head.affected === 0) throw noSuchRoom('slug');
      if (role) {
        const row = { roomId, userId: user, role };
        await manager.upsert(RoomMemberEntity, row, ['roomId', 'userId']);
      } else {
        // The row stays: it may carry a mute.
        await manager.update(RoomMemberEntity, { roomId, userId: user }, { role: 'viewer' });
      }
    });
    await this.#policyNews.tellPolicyChanged(roomId);
  }

  get #members() {
    return this.#database.repository(RoomMemberEntity);
  }
}
