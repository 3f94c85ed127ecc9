import {
  LIMITS,
  type HistoryRequest,
  type JoinRequest,
  type LikeRequest,
  type RoomDescription,
  type RoomRole,
  type SessionUser,
  type TypingRequest,
} from '@hubbub/protocol';
import type { Viewers } from '../cluster/viewers';
import type { Peer } from '../fanout/peer';
import type { Item } from '../fanout/ring';
import { Refusal } from '../refusal';
import type { RoomLog } from '../store/room-log';
import type { RoomStore } from '../store/room-store';
import { keysOf } from './audience';
import type { LiveRoom, RoomMember } from './live-room';
import { assertReadable, describeRoom, mutedUntil, roleIn } from './policy';
import type { RoomAccess } from './room-access';
import type { RoomFloor } from './room-floor';
import type { TokenBuckets } from './token-bucket';

/** Somebody on a connection, and the rooms that it has joined, by slug. */
export interface Participant extends RoomMember {
  readonly peer: Peer;
  readonly rooms: Map<string, LiveRoom>;
}

/** The answer to a join. Its items are ready-made JSON. */
export interface Joined {
  room: RoomDescription;
  head: number;
  viewers: number;
  you: { role: RoomRole; mutedUntil: number | null };
  items: Item[];
  omitted: number;
}

export interface Page {
  items: Item[];
  more: boolean;
}

export interface RoomServiceOptions {
  access: RoomAccess;
  floor: RoomFloor;
  roomLog: RoomLog;
  roomStore: RoomStore;
  viewers: Viewers;
  likeRate: TokenBuckets;
  /** That one connection may be in at a time. */
  roomsPerConnection: number;
}

/** Being in a room: joining and leaving it, its history, and what passes without a trace in its log. */
export class RoomService {
  readonly #options: RoomServiceOptions;

  constructor(options: RoomServiceOptions) {
    this.#options = options;
  }

  /**
   * `answer` is called in the turn in which the participant begins to get the room's entries, and before the first of them: what
   * it is given and what follows have no gap between them and no repeat (P12). Where it returns false, nobody waits for the
   * answer any more, and the participant does not join.
   */
  async join(
    who: Participant,
    { room: slug, after }: JoinRequest,
    answer: (joined: Joined) => boolean,
  ): Promise<void> {
    const { floor, viewers, roomsPerConnection } = this.#options;
    if (!who.rooms.has(slug) && who.rooms.size >= roomsPerConnection) {
      throw new Refusal(
        'too_many_rooms',
        `one connection joins at most ${String(roomsPerConnection)} rooms`,
      );
    }
    const { room } = await this.#options.access.enter(slug, who.user);
    if (after !== undefined && after > room.feed.head) await floor.readHead(room);
    const first = await this.#firstItems(room, after);
    // Who may read may have changed while the log was read; once somebody has joined, the room tells of it.
    const policy = await room.policy();
    assertReadable(policy, who.user);
    // The connection may be gone by now. From here to the end nothing waits.
    if (!who.peer.isOpen) return;
    room.assertOpen();
    const head = room.feed.head;
    const last = first.at(-1)?.seq ?? after ?? 0;
    const rest = last < head ? room.feed.after(last) : [];
    const items = rest ? [...first, ...rest] : latestOf(room, first);
    // Without `after` it begins with its first item; what is missing in the log behind that is left out, too.
    const begin = after ?? (items[0]?.seq ?? head + 1) - 1;
    const omitted = Math.max(0, head - begin - items.length);
    const isNew = !who.rooms.has(slug);
    const count = viewers.count(room.id) + (isNew ? 1 : 0);
    const isAnswered = answer({
      room: describeRoom(policy.room, room.owner),
      head,
      viewers: count,
      you: { role: roleIn(policy, who.user), mutedUntil: mutedUntil(policy, who.user, Date.now()) },
      items,
      omitted,
    });
    if (!isAnswered) return;
    room.toldNewcomer(count);
    if (isNew) {
      who.rooms.set(slug, room);
      room.participants.add(who);
      viewers.add(room.id, 1, who.user?.id ?? null);
    }
    room.feed.outbox.add(who.peer, head, keysOf(who.user));
  }

  leave(who: Participant, slug: string): void {
    const room = who.rooms.get(slug);
    if (!room) return;
    who.rooms.delete(slug);
    room.participants.delete(who);
    room.feed.outbox.remove(who.peer);
    this.#options.viewers.add(room.id, -1, who.user?.id ?? null);
  }

  leaveAll(who: Participant): void {
    for (const slug of [...who.rooms.keys()]) this.leave(who, slug);
  }

  async history(user: SessionUser | null, request: HistoryRequest): Promise<Page> {
    const { floor, roomLog } = this.#options;
    const { room } = await this.#options.access.enter(request.room, user);
    await floor.assureFresh(room);
    const { before, after, limit } = request;
    if (after !== undefined) {
      const items =
        room.feed.after(after)?.slice(0, limit) ?? (await roomLog.read(room.id, { after, limit }));
      return { items, more: (items.at(-1)?.seq ?? room.feed.head) < room.feed.head };
    }
    const end = before ?? room.feed.head + 1;
    const items =
      room.feed.before(end, limit) ?? (await roomLog.read(room.id, { before: end, limit }));
    return { items, more: (items[0]?.seq ?? 1) > 1 };
  }

  like(who: Participant, { room: slug, count }: LikeRequest): void {
    const room = this.joined(who, slug);
    if (!who.user) throw new Refusal('unauthenticated', 'sign in to like');
    const retryAfterMs = this.#options.likeRate.take(who.user.id);
    if (retryAfterMs > 0) throw new Refusal('rate_limited', 'too fast', { retryAfterMs });
    room.like(count);
  }

  typing(who: Participant, { room: slug }: TypingRequest): void {
    const room = this.joined(who, slug);
    if (who.user) room.type(who.user.name);
  }

  /** Remembers how far the user has read; it never goes back. */
  async read(who: Participant, slug: string, seq: number): Promise<void> {
    const room = this.joined(who, slug);
    if (!who.user) throw new Refusal('unauthenticated', 'sign in first');
    await this.#options.roomStore.setRead(room.id, who.user.id, Math.min(seq, room.feed.head));
  }

  /** @throws {Refusal} `not_joined` */
  joined(who: Participant, slug: string): LiveRoom {
    const room = who.rooms.get(slug);
    if (!room) throw new Refusal('not_joined', 'join the room first', { field: 'room' });
    return room;
  }

  /** What a join begins with. It may end before the head: the rest is in the ring by then. */
  async #firstItems(room: LiveRoom, after: number | undefined): Promise<Item[]> {
    const { roomLog } = this.#options;
    const head = room.feed.head;
    if (after !== undefined && after >= head) return [];
    if (after !== undefined && head - after <= LIMITS.joinResume) {
      return room.feed.after(after) ?? roomLog.read(room.id, { after, limit: LIMITS.joinResume });
    }
    const count = after === undefined ? LIMITS.joinFirst : LIMITS.joinLatest;
    return (
      room.feed.before(head + 1, count) ?? roomLog.read(room.id, { before: head + 1, limit: count })
    );
  }
}

/** The log has grown past the ring while `first` was read; or its end is missing in the database, and there is nothing else. */
function latestOf(room: LiveRoom, first: Item[]): Item[] {
  const held = room.feed.held().slice(-LIMITS.joinLatest);
  return held.length > 0 ? held : first;
}
