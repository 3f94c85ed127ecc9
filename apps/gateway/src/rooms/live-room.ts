import type { Entry, PulseData, SessionUser } from '@hubbub/protocol';
import { Feed, type MissingRange } from '../fanout/feed';
import type { FlushReport } from '../fanout/outbox';
import type { Item } from '../fanout/ring';
import type { Log } from '../log';
import { audienceOf } from './audience';
import { isReadable, noSuchRoom } from './policy';
import { withdrawnForm } from '../store/entry-json';
import type { RoomLog } from '../store/room-log';
import type { RoomPolicy, RoomStore } from '../store/room-store';
import { Refusal } from '../refusal';

/** Somebody who has joined, as far as the room has to know them. */
export interface RoomMember {
  readonly user: SessionUser | null;
  /** Makes the client come back, and be told by its joins what it may not read any more. */
  reconnect(): void;
}

/** Gives the room out in a form of its own, beside the frames of the room protocol. */
export interface RoomListener {
  /** Each item once, in sequence; whatever it forbids is forbidden here already (G9). */
  appended(item: Item): void;
  /** What the viewers are told at most once a second (P15). */
  pulsed(pulse: PulseData): void;
}

export interface LiveRoomOptions {
  id: number;
  slug: string;
  owner: { id: string; name: string } | null;
  head: number;
  latest: Item[];
  roomLog: RoomLog;
  roomStore: RoomStore;
  log: Log;
  /** Messages a second that a viewer is given; Infinity for no limit. */
  viewerBudget: number;
  report: (flush: FlushReport) => void;
  /** See `OutboxOptions`. */
  isFresh: (room: LiveRoom) => boolean;
}

/** Of the ranges that are missing in a log. */
const RANGES_NAMED = 10;
const MESSAGE = /^\{"seq":\d+,"at":\d+,"kind":"message"/;

/** A room that this gateway gives out: its feed, who may do what in it, and what has happened in the last second. */
export class LiveRoom {
  readonly id: number;
  readonly slug: string;
  readonly owner: { id: string; name: string } | null;
  readonly feed: Feed;
  /** Who has joined it on this gateway. */
  readonly participants = new Set<RoomMember>();
  readonly listeners = new Set<RoomListener>();
  readonly #roomStore: RoomStore;
  readonly #log: Log;
  #policy: RoomPolicy | undefined;
  #policyAt = -Infinity;
  #generation = 0;
  /** The version of the policy under which everybody who has joined was looked at last. */
  #actedOn = -1;
  #loading: Promise<RoomPolicy> | undefined;
  /** Not yet told to the viewers. */
  #likes = 0;
  readonly #typing = new Set<string>();
  /** Not yet told to the other gateways. */
  #ownLikes = 0;
  readonly #ownTyping = new Set<string>();
  #toldViewers = -1;
  #isClosed = false;
  /** When the last participant left; the room stays for a while (`RoomFloor`). */
  idleSince = performance.now();

  constructor(options: LiveRoomOptions) {
    this.id = options.id;
    this.slug = options.slug;
    this.owner = options.owner;
    this.#roomStore = options.roomStore;
    this.#log = options.log;
    const room = JSON.stringify(options.slug);
    const { isFresh } = options;
    const missingAtFirst: MissingRange[] = [];
    let missing = (range: MissingRange) => void missingAtFirst.push(range);
    this.feed = new Feed(options.head, options.latest, {
      read: (after, limit) => options.roomLog.read(options.id, { after, limit }),
      appended: (item) => {
        this.#appended(item);
        for (const listener of this.listeners) listener.appended(item);
      },
      missing: (range) => {
        missing(range);
      },
      encode: ({ from, to, items, omitted }) =>
        `{"event":"log","data":{"room":${room},"from":${String(from)},"to":${String(to)},"entries":[${items
          .map((item) => item.json)
          .join(',')}]${omitted > 0 ? `,"omitted":${String(omitted)}` : ''}}}`,
      perSecond: options.viewerBudget,
      audience: ({ json }) => audienceOf(json, (seq) => this.feed.get(seq)?.json),
      report: options.report,
      isFresh: () => isFresh(this),
      log: options.log,
    });
    this.#warnOf(missingAtFirst);
    missing = (range) => {
      this.#warnOf([range]);
    };
  }

  /**
   * Who may do what here, no older than `maxAgeMs`. What is older only matters to readers: a send names its version, and the
   * commit fails where that is not the current one.
   *
   * While the database is away, what was last known serves (G11).
   *
   * @throws {Refusal} `not_found` when the room is gone, `unavailable` when nothing is known and the database is away.
   */
  async policy(maxAgeMs = Infinity): Promise<RoomPolicy> {
    if (this.#policy && performance.now() - this.#policyAt <= maxAgeMs) return this.#policy;
    if (!this.#loading) {
      const loading = this.#loadPolicy().finally(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
      this.#loading = loading;
    }
    return this.#loading;
  }

  /**
   * Who may do what has changed: sends are checked anew, and who may not read here any more is sent away. Resolves when they are,
   * with false where the database does not say who may read. Never rejects.
   */
  async changePolicy(): Promise<boolean> {
    this.forgetPolicy();
    if (this.participants.size === 0) return true;
    try {
      await this.policy();
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'not_found')) {
        this.#log.warn('rooms: who may read could not be checked', { error: String(error) });
        return false;
      }
      for (const member of this.participants) member.reconnect();
    }
    return true;
  }

  /** Whether somebody is here who was not looked at under this version of the policy: the news of it may have been lost (G5). */
  isPolicyBehind(version: number): boolean {
    return this.participants.size > 0 && version > this.#actedOn;
  }

  /** What was known of the policy is not true any more. */
  forgetPolicy(): void {
    this.#generation++;
    this.#policy = undefined;
    // One that is on its way may have read what was before.
    this.#loading = undefined;
  }

  like(count: number): void {
    this.#likes += count;
    this.#ownLikes += count;
  }

  type(name: string): void {
    this.#typing.add(name);
    this.#ownTyping.add(name);
  }

  /** What another gateway's viewers did. */
  hear(likes: number, typing: readonly string[]): void {
    this.#likes += likes;
    for (const name of typing) this.#typing.add(name);
  }

  /** What the other gateways have to hear, and forgets it; null for nothing. */
  takeOwnPulse(): { likes: number; typing: string[] } | null {
    if (this.#ownLikes === 0 && this.#ownTyping.size === 0) return null;
    const pulse = { likes: this.#ownLikes, typing: [...this.#ownTyping] };
    this.#ownLikes = 0;
    this.#ownTyping.clear();
    return pulse;
  }

  /** A newcomer was told so many: where the others know of another count, the next pulse goes out to everybody. */
  toldNewcomer(viewers: number): void {
    if (viewers !== this.#toldViewers) this.#toldViewers = -1;
  }

  /** Tells the viewers what has changed since the last time, if anything has (P15). */
  pulse(viewers: number): void {
    if (viewers === this.#toldViewers && this.#likes === 0 && this.#typing.size === 0) return;
    this.#toldViewers = viewers;
    const data: PulseData = {
      room: this.slug,
      viewers,
      ...(this.#likes > 0 && { likes: this.#likes }),
      ...(this.#typing.size > 0 && { typing: [...this.#typing].slice(0, 10) }),
    };
    this.#likes = 0;
    this.#typing.clear();
    this.feed.outbox.broadcast(JSON.stringify({ event: 'pulse', data }));
    for (const listener of this.listeners) listener.pulsed(data);
  }

  close(): void {
    this.#isClosed = true;
    this.feed.close();
  }

  /** To be called in the turn in which somebody joins. @throws {Refusal} `unavailable` where it was closed here on the way: nobody gets anything of it. */
  assertOpen(): void {
    if (!this.#isClosed) return;
    throw new Refusal('unavailable', 'the room is being opened anew', { retryAfterMs: 100 });
  }

  /** The room goes on without them: they are left out as what a viewer was not sent, and named so. */
  #warnOf(missing: readonly MissingRange[]): void {
    if (missing.length === 0) return;
    const named = missing
      .slice(0, RANGES_NAMED)
      .map(({ from, to }) => `${String(from)}-${String(to)}`);
    if (missing.length > RANGES_NAMED) named.push('…');
    this.#log.warn('rooms: entries are missing in the database', {
      roomId: this.id,
      missing: named.join(', '),
    });
  }

  /** Whoever reads a newer policy, for whatever purpose, sends away who may not read under it. */
  #actOn(policy: RoomPolicy): void {
    if (policy.version <= this.#actedOn) return;
    this.#actedOn = policy.version;
    for (const member of this.participants) {
      if (!isReadable(policy, member.user)) member.reconnect();
    }
  }

  async #loadPolicy(): Promise<RoomPolicy> {
    const startedAt = performance.now();
    const generation = this.#generation;
    const policy = await this.#roomStore.policy(this.id).catch((error: unknown) => {
      if (this.#policy) return this.#policy;
      this.#log.debug('rooms: the policy could not be read', { error: String(error) });
      throw new Refusal('unavailable', 'the database does not answer', { retryAfterMs: 1_000 });
    });
    if (!policy) throw noSuchRoom('room');
    this.#actOn(policy);
    if (generation === this.#generation) {
      this.#policy = policy;
      this.#policyAt = startedAt;
    }
    return policy;
  }

  /** Whatever an entry forbids is forbidden here before anybody is given the entry (G9). */
  #appended(item: Item): void {
    if (MESSAGE.test(item.json)) return;
    const entry = JSON.parse(item.json) as Entry;
    switch (entry.kind) {
      case 'delete':
        this.feed.replace(entry.target, withdrawnForm);
        break;
      case 'mute':
      case 'unmute':
      case 'room':
        void this.changePolicy();
        break;
      case 'message':
      case 'clear':
      case 'pin':
      case 'gift':
        break;
    }
  }
}
