import {
  LIMITS,
  countChars,
  type DeleteRequest,
  type HistoryRequest,
  type JoinRequest,
  type LikeRequest,
  type MuteRequest,
  type ReplyData,
  type RoomDescription,
  type RoomRole,
  type SendRequest,
  type SessionUser,
  type TypingRequest,
  type UnmuteRequest,
} from '@hubbub/protocol';
import type { Cooldown } from '../cluster/cooldown';
import type { Viewers } from '../cluster/viewers';
import type { Peer } from '../fanout/peer';
import type { Item } from '../fanout/ring';
import { Refusal } from '../refusal';
import { StalePolicy, type Appended, type Draft, type RoomLog } from '../store/room-log';
import type { RoomPolicy, RoomStore } from '../store/room-store';
import type { LiveRoom, RoomMember } from './live-room';
import { assertReadable, describeRoom, moderates, mutedUntil, roleIn, toAuthor } from './policy';
import type { RoomFloor } from './room-floor';
import type { TokenBuckets } from './token-bucket';

/** Joins read a policy that is at most this old. */
const READER_POLICY_MS = 1_000;
/** A send that meets a newer policy each time is given up after this many. */
const POLICY_TRIES = 8;

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
  floor: RoomFloor;
  roomLog: RoomLog;
  roomStore: RoomStore;
  viewers: Viewers;
  cooldown: Cooldown;
  sendRate: TokenBuckets;
  likeRate: TokenBuckets;
}

/** What can be done in a room. Each method is one request of the protocol. */
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
    const { floor, viewers } = this.#options;
    if (!who.rooms.has(slug) && who.rooms.size >= LIMITS.rooms) {
      throw new Refusal(
        'too_many_rooms',
        `one connection joins at most ${String(LIMITS.rooms)} rooms`,
      );
    }
    const { room, policy } = await this.#enter(slug, who.user);
    if (after !== undefined && after > room.feed.head) await floor.readHead(room);
    const first = await this.#firstItems(room, after);
    // The connection may be gone by now. From here to the end nothing waits.
    if (!who.peer.isOpen) return;
    const head = room.feed.head;
    const last = first.at(-1)?.seq ?? after ?? 0;
    const rest = last < head ? room.feed.after(last) : [];
    const items = rest ? [...first, ...rest] : room.feed.held().slice(-LIMITS.joinLatest);
    const omitted = after === undefined ? 0 : Math.max(0, head - after - items.length);
    const isNew = !who.rooms.has(slug);
    const isAnswered = answer({
      room: describeRoom(policy.room, room.owner),
      head,
      viewers: viewers.count(room.id) + (isNew ? 1 : 0),
      you: { role: roleIn(policy, who.user), mutedUntil: mutedUntil(policy, who.user, Date.now()) },
      items,
      omitted,
    });
    if (!isAnswered) return;
    if (isNew) {
      who.rooms.set(slug, room);
      room.participants.add(who);
      viewers.add(room.id, 1);
    }
    room.feed.outbox.add(who.peer, head);
  }

  leave(who: Participant, slug: string): void {
    const room = who.rooms.get(slug);
    if (!room) return;
    who.rooms.delete(slug);
    room.participants.delete(who);
    room.feed.outbox.remove(who.peer);
    this.#options.viewers.add(room.id, -1);
  }

  leaveAll(who: Participant): void {
    for (const slug of [...who.rooms.keys()]) this.leave(who, slug);
  }

  /** A send by somebody on a connection, who has to have joined the room. */
  async sendAs(who: Participant, request: SendRequest): Promise<ReplyData<'send'>> {
    if (!who.user) throw new Refusal('unauthenticated', 'sign in to speak');
    return this.send(who.user, request, this.joined(who, request.room));
  }

  /** Resolves when the message is committed (G1). A key that was committed before makes nothing new (G4). */
  async send(
    user: SessionUser | null,
    request: SendRequest,
    joined?: LiveRoom,
  ): Promise<ReplyData<'send'>> {
    const { sendRate } = this.#options;
    if (!user) throw new Refusal('unauthenticated', 'sign in to speak');
    if (countChars(request.text) > LIMITS.textChars) {
      throw new Refusal(
        'too_long',
        `a message has at most ${String(LIMITS.textChars)} characters`,
        {
          field: 'text',
        },
      );
    }
    if (user.role !== 'bot' && user.role !== 'admin') {
      const retryAfterMs = sendRate.take(user.id);
      if (retryAfterMs > 0) throw new Refusal('rate_limited', 'too fast', { retryAfterMs });
    }
    const room = joined ?? (await this.#enter(request.room, user)).room;
    if (request.replyTo !== undefined) await this.#assertMessage(room, request.replyTo, 'replyTo');
    const { key, text, danmaku, replyTo } = request;
    const turn = new Turn(this.#options.cooldown, `slow:${String(room.id)}:${user.id}`);
    const appended = await this.#append(room, async (policy) => {
      await this.#assertMaySpeak(room, policy, { user, key, turn });
      const body = {
        user: toAuthor(policy, user),
        text,
        ...(danmaku && { danmaku }),
        ...(replyTo !== undefined && { replyTo }),
      };
      return { kind: 'message', userId: user.id, key, body, policyVersion: policy.version };
    }).catch(async (error: unknown) => {
      await turn.giveBack();
      throw error;
    });
    const { seq, at, duplicate } = appended;
    return { seq, at, key, ...(duplicate && { duplicate }) };
  }

  async history(user: SessionUser | null, request: HistoryRequest): Promise<Page> {
    const { floor, roomLog } = this.#options;
    const { room } = await this.#enter(request.room, user);
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

  /** Resolves when no gateway gives the text out any more (G9). Its author may delete a message, and so may who keeps order. */
  async delete(
    user: SessionUser | null,
    { room: slug, seq }: DeleteRequest,
  ): Promise<{ seq: number }> {
    if (!user) throw new Refusal('forbidden', 'sign in first');
    const { room } = await this.#enter(slug, user);
    const entry = await this.#options.roomLog.entry(room.id, seq);
    if (entry?.kind !== 'message' || entry.withdrawn) {
      throw new Refusal('not_found', 'there is no such message', { field: 'seq' });
    }
    const author = (JSON.parse(entry.json) as { user: { id: string } }).user.id;
    const appended = await this.#append(room, (policy) => {
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

  /** The room, and that `user` may read it. */
  async #enter(
    slug: string,
    user: SessionUser | null,
  ): Promise<{ room: LiveRoom; policy: RoomPolicy }> {
    const { floor } = this.#options;
    const room = await floor.open(slug);
    try {
      const policy = await room.policy(READER_POLICY_MS);
      assertReadable(policy, user);
      await floor.assureFresh(room);
      return { room, policy };
    } catch (error) {
      const isGone = error instanceof Refusal && error.code === 'not_found';
      if (isGone && !slug.startsWith('~')) floor.drop(room);
      throw error;
    }
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

  async #assertMessage(room: LiveRoom, seq: number, field: string): Promise<void> {
    const json = (room.feed.get(seq) ?? (await this.#options.roomLog.entry(room.id, seq)))?.json;
    const isMessage =
      json !== undefined && (JSON.parse(json) as { kind: string }).kind === 'message';
    if (!isMessage) throw new Refusal('invalid', `${field}: there is no such message`, { field });
  }

  /** Mutes and slow mode. A message that is in the log already is not refused: it is answered as the duplicate it is. */
  async #assertMaySpeak(
    room: LiveRoom,
    policy: RoomPolicy,
    { user, key, turn }: { user: SessionUser; key: string; turn: Turn },
  ): Promise<void> {
    const { roomLog } = this.#options;
    const now = Date.now();
    const until = mutedUntil(policy, user, now);
    const { slowModeMs } = policy.room;
    const isSlow = slowModeMs > 0 && !moderates(policy, user) && user.role !== 'bot';
    if (until === null && !isSlow) return;
    if (!turn.isPolicyFresh) {
      // What was lifted at another gateway may not be known here yet: nobody is refused by what is only remembered.
      turn.isPolicyFresh = true;
      throw new StalePolicy();
    }
    const committed = await roomLog.findByKey(room.id, user.id, key);
    if (committed) throw new AlreadyCommitted(committed);
    if (until !== null) {
      throw new Refusal('muted', 'you may not speak here now', { retryAfterMs: until - now });
    }
    const retryAfterMs = await turn.take(slowModeMs);
    if (retryAfterMs > 0) {
      throw new Refusal('slow_mode', 'slow mode is on', { retryAfterMs });
    }
  }

  /** Drafts under the current policy and appends; drafts again where the policy changed on the way. */
  async #append(
    room: LiveRoom,
    draft: (policy: RoomPolicy) => Draft | Promise<Draft>,
  ): Promise<Appended> {
    for (let i = 0; i < POLICY_TRIES; i++) {
      const policy = await room.policy();
      try {
        return await this.#options.roomLog.append(room.id, await draft(policy));
      } catch (error) {
        if (error instanceof AlreadyCommitted) return error.appended;
        if (!(error instanceof StalePolicy)) throw error;
        room.forgetPolicy();
      }
    }
    throw new Refusal('unavailable', 'the room is being changed', { retryAfterMs: 500 });
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
    const { room } = await this.#enter(slug, user);
    const { target, until, kind, fields } = change;
    const appended = await this.#append(room, (policy) => {
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

/** A user's turn to speak. In slow mode it is taken once for a message, however often it is drafted, and given back if it is not sent. */
class Turn {
  #isTaken = false;
  /** The policy was read after the message came. */
  isPolicyFresh = false;

  constructor(
    private readonly cooldown: Cooldown,
    private readonly name: string,
  ) {}

  async take(durationMs: number): Promise<number> {
    if (this.#isTaken) return 0;
    const leftMs = await this.cooldown.claim(this.name, durationMs);
    this.#isTaken = leftMs === 0;
    return leftMs;
  }

  async giveBack(): Promise<void> {
    if (this.#isTaken) await this.cooldown.release(this.name);
  }
}

/** The message of this key is in the log. */
class AlreadyCommitted extends Error {
  constructor(readonly found: Appended) {
    super('already committed');
  }

  get appended(): Appended {
    return { ...this.found, duplicate: true };
  }
}
