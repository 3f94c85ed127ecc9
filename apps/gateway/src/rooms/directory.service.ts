import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type {
  RoomChange,
  RoomCreation,
  RoomListQuery,
  RoomListReply,
  RoomDetails,
  RoomSummary,
  SessionUser,
} from '@hubbub/protocol';
import type { Log } from '../log';
import { Refusal } from '../refusal';
import { Database } from '../store/database';
import { RoomEntity } from '../store/entities/room.entity';
import { RoomHeadEntity } from '../store/entities/room-head.entity';
import { RoomMemberEntity } from '../store/entities/room-member.entity';
import { RoomLog, StalePolicy } from '../store/room-log';
import { RoomStore, type RoomPolicy } from '../store/room-store';
import { LOG, POLICY_NEWS, VIEWER_COUNTS } from '../tokens';
import { assertOwns, assertSignedIn, findRoom } from './directory-access';
import { readPeople, type Person } from './people';
import { describeRoom, moderates, roleIn } from './policy';
import type { PolicyNews } from './policy-news';
import { RoomEraser } from './room-eraser';
import { RoomList, type RoomWithViewers } from './room-list';
import type { ViewerCounts } from './viewer-counts';

/** A policy that changes more often than this under our hands is somebody else's fault. */
const POLICY_TRIES = 5;
const MODERATORS_CHANGE: ReadonlySet<string> = new Set(['title', 'slowModeMs']);

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** What of `change` is not so already. */
function whatChanges(room: RoomEntity, change: RoomChange): Defined<RoomChange> {
  return Object.fromEntries(
    Object.entries(change).filter(
      ([field, value]) => value !== undefined && room[field as keyof RoomChange] !== value,
    ),
  );
}

/** @throws {Refusal} `forbidden` */
function assertMayChange(policy: RoomPolicy, who: SessionUser, fields: string[]): void {
  if (!moderates(policy, who)) throw new Refusal('forbidden', 'only moderators may do this');
  const field = fields.find((name) => !MODERATORS_CHANGE.has(name));
  if (field === undefined || who.role === 'admin' || roleIn(policy, who) === 'owner') return;
  throw new Refusal('forbidden', 'only the owner changes this', { field });
}

/** The rooms as a directory: which there are, and how they come, change and go. */
@Injectable()
export class DirectoryService implements OnModuleDestroy {
  readonly #database: Database;
  readonly #roomLog: RoomLog;
  readonly #roomStore: RoomStore;
  readonly #viewers: ViewerCounts;
  readonly #policyNews: PolicyNews;
  readonly #list: RoomList;
  readonly #eraser: RoomEraser;

  constructor(
    database: Database,
    roomLog: RoomLog,
    roomStore: RoomStore,
    @Inject(VIEWER_COUNTS) viewers: ViewerCounts,
    @Inject(POLICY_NEWS) policyNews: PolicyNews,
    @Inject(LOG) log: Log,
  ) {
    this.#database = database;
    this.#roomLog = roomLog;
    this.#roomStore = roomStore;
    this.#viewers = viewers;
    this.#policyNews = policyNews;
    this.#list = new RoomList(database, viewers);
    this.#eraser = new RoomEraser(database, log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#eraser.close();
  }

  /** Public rooms by viewers, at most a second old. @throws {Refusal} `invalid` for a bad cursor. */
  async list(query: RoomListQuery): Promise<RoomListReply> {
    const { rooms, next } = await this.#list.page(query);
    const owners = rooms.map(({ room }) => room.ownerId);
    const people = await readPeople(this.#database, owners);
    return { rooms: rooms.map((found) => this.#summarise(found, people)), next };
  }

  /**
   * A `conflict` says no more than that the slug is taken, by a private room too: a name can be given once, so whoever may make rooms
   * can find out which are taken. How often somebody may try is limited.
   *
   * @throws {Refusal} `unauthenticated`, `forbidden` (a guest), `conflict` (the slug).
   */
  async create(who: SessionUser | null, creation: RoomCreation): Promise<RoomDetails> {
    assertSignedIn(who);
    if (who.role === 'guest') {
      throw new Refusal('forbidden', 'guests have no rooms of their own: make an account');
    }
    const { slug, title, visibility, streamUrl = null } = creation;
    // The holder of ADMIN_TOKEN is nobody who could own a room.
    const [owner] = (await readPeople(this.#database, [who.id])).values();
    const room = { slug, title, visibility, streamUrl, ownerId: owner?.id ?? null };
    try {
      await this.#insert({ ...room, state: 'offline' }, []);
    } catch (error) {
      if (!(await this.#roomStore.findBySlug(slug))) throw error;
      throw new Refusal('conflict', 'there is a room of this name already', { field: 'slug' });
    }
    return this.find(who, slug);
  }

  /** @throws {Refusal} `not_found`, also for a private room of others. */
  async find(who: SessionUser | null, slug: string): Promise<RoomDetails> {
    return this.#details((await findRoom(this.#roomStore, who, slug)).room);
  }

  /**
   * The owner changes everything, moderators the title and the slow mode. The change is an entry of the room's log, so that
   * every viewer hears of it in its place.
   *
   * @throws {Refusal} `unauthenticated`, `not_found`, `forbidden`, `unavailable`.
   */
  async update(who: SessionUser | null, slug: string, wanted: RoomChange): Promise<RoomDetails> {
    assertSignedIn(who);
    for (let tries = 0; tries < POLICY_TRIES; tries++) {
      const policy = await findRoom(this.#roomStore, who, slug);
      assertMayChange(policy, who, Object.keys(wanted));
      const change = whatChanges(policy.room, wanted);
      if (Object.keys(change).length === 0) return this.#details(policy.room);
      const { visibility: _visibility, ...body } = change;
      try {
        await this.#roomLog.append(policy.room.id, {
          kind: 'room',
          userId: who.id,
          key: null,
          body,
          policyVersion: policy.version,
          effect: { type: 'room', change },
        });
      } catch (error) {
        if (error instanceof StalePolicy) continue;
        throw error;
      }
      this.#list.forget();
      // From here on the room is given to nobody any more who may not read it (G9).
      if (change.visibility !== undefined) await this.#policyNews.tellPolicyChanged(policy.room.id);
      return this.#details(Object.assign(new RoomEntity(), policy.room, change));
    }
    throw new Refusal('unavailable', 'the room is changing too fast', { retryAfterMs: 1_000 });
  }

  /** The room, its log and its members are gone. @throws {Refusal} `unauthenticated`, `not_found`, `forbidden`. */
  async remove(who: SessionUser | null, slug: string): Promise<void> {
    assertSignedIn(who);
    const policy = await findRoom(this.#roomStore, who, slug);
    assertOwns(policy, who);
    const { id } = policy.room;
    const lastSeq = await this.#database.transaction(async (manager) => {
      const head = await manager.findOneBy(RoomHeadEntity, { roomId: id });
      // The head first, as every commit does: whoever waits for it finds the room gone.
      await manager.delete(RoomHeadEntity, { roomId: id });
      await manager.delete(RoomEntity, { id });
      await manager.delete(RoomMemberEntity, { roomId: id });
      return head?.lastSeq ?? 0;
    });
    this.#list.forget();
    this.#eraser.begin(id, lastSeq);
    await this.#policyNews.tellPolicyChanged(id);
  }

  /** The room of two: the same one for both, made when the first of them asks. @throws {Refusal} `invalid`, `not_found`. */
  async direct(who: SessionUser | null, userId: string): Promise<RoomDetails> {
    assertSignedIn(who);
    if (userId === who.id) {
      throw new Refusal('invalid', 'that is yourself', { field: 'user' });
    }
    const other = (await readPeople(this.#database, [userId])).get(userId);
    if (!other) throw new Refusal('not_found', 'there is no such user', { field: 'user' });
    const pair = [who.id, userId].sort().join(':');
    const slug = `~${createHash('sha256').update(pair).digest('hex').slice(0, 32)}`;
    if (!(await this.#roomStore.findBySlug(slug))) await this.#createDirect(slug, who, other);
    return this.find(who, slug);
  }

  async #createDirect(slug: string, who: SessionUser, other: Person): Promise<void> {
    const room = {
      slug,
      title: `${who.name}, ${other.name}`,
      visibility: 'private' as const,
      streamUrl: null,
      ownerId: null,
      state: 'live' as const,
    };
    try {
      await this.#insert(room, [who.id, other.id]);
    } catch (error) {
      // The other one may have asked in the same moment.
      if (!(await this.#roomStore.findBySlug(slug))) throw error;
    }
  }

  async #insert(
    room: Omit<RoomEntity, 'id' | 'createdAt' | 'slowModeMs'>,
    members: string[],
  ): Promise<void> {
    await this.#database.transaction(async (manager) => {
      const made = manager.create(RoomEntity, { ...room, slowModeMs: 0, createdAt: Date.now() });
      const { id } = await manager.save(made);
      await manager.insert(RoomHeadEntity, { roomId: id });
      for (const userId of members) {
        await manager.insert(RoomMemberEntity, { roomId: id, userId, role: 'member' });
      }
    });
    this.#list.forget();
  }

  async #details(room: RoomEntity): Promise<RoomDetails> {
    const viewers = this.#viewers.count(room.id);
    const [users, people] = await Promise.all([
      this.#viewers.users(room.id),
      readPeople(this.#database, [room.ownerId]),
    ]);
    return { ...this.#summarise({ room, viewers }, people), users };
  }

  #summarise({ room, viewers }: RoomWithViewers, people: Map<string, Person>): RoomSummary {
    const owner = room.ownerId === null ? null : (people.get(room.ownerId) ?? null);
    return { ...describeRoom(room, owner), viewers };
  }
}
