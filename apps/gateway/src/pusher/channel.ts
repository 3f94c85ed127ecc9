import type { Member, OccupancyNews } from '../cluster/occupancy';
import type { FlushReport } from '../fanout/outbox';
import type { Peer } from '../fanout/peer';
import { Topic } from '../fanout/topic';
import { kindOf, type ChannelKind } from './channel-name';
import { encodeChannelEvent, type Fault } from './protocol';
import { RosterMirror, type RosterMirrorOptions } from './roster-mirror';

/** Above this many subscriptions, their number is told seldom. */
const COUNT_AT_ONCE_MAX = 100;
const COUNT_EVERY_MS = 5_000;

/** A connection as a channel sees it. */
export interface Subscriber {
  readonly socketId: string;
  readonly transport: Peer;
  /** Ends the connection. */
  close(fault: Fault): void;
}

export interface ChannelOptions {
  app: string;
  name: string;
  loadRoster: RosterMirrorOptions['load'];
  report: (flush: FlushReport) => void;
}

/** A channel that this gateway gives out: who has it here, and who is in it anywhere. */
export class Channel {
  readonly app: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly topic: Topic;
  /** Of a presence channel. */
  readonly roster: RosterMirror | null;
  /** How many events it has given out: whether something came meanwhile. */
  events = 0;
  /** Who is about to subscribe, and who only watches whether there is anybody. */
  holds = 0;
  idleSince = performance.now();
  readonly #subscribers = new Map<Subscriber, string | undefined>();
  readonly #users = new Map<string, number>();
  readonly #watchers = new Set<(isOccupied: boolean) => void>();
  #count: number | undefined;
  #countToldAt = -Infinity;
  #countTimer: NodeJS.Timeout | undefined;

  constructor({ app, name, loadRoster, report }: ChannelOptions) {
    this.app = app;
    this.name = name;
    this.kind = kindOf(name);
    this.topic = new Topic(report);
    this.roster = this.kind.isPresence
      ? new RosterMirror({
          load: loadRoster,
          joined: ({ id, info }) => {
            this.#tellMembers('pusher_internal:member_added', memberData(id, info));
          },
          left: (userId) => {
            this.#tellMembers(
              'pusher_internal:member_removed',
              `{"user_id":${JSON.stringify(userId)}}`,
            );
          },
          isHere: (userId) => this.#users.has(userId),
        })
      : null;
  }

  get subscribers(): Iterable<Subscriber> {
    return this.#subscribers.keys();
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0 && this.#watchers.size === 0 && this.holds === 0;
  }

  /** From now on it is given the channel's events. */
  add(subscriber: Subscriber, member: Member | undefined): void {
    this.#subscribers.set(subscriber, member?.id);
    if (member) this.#users.set(member.id, (this.#users.get(member.id) ?? 0) + 1);
    this.topic.add(subscriber.transport);
  }

  remove(subscriber: Subscriber): void {
    const userId = this.#subscribers.get(subscriber);
    this.#subscribers.delete(subscriber);
    this.topic.remove(subscriber.transport);
    this.idleSince = performance.now();
    if (userId === undefined) return;
    const left = (this.#users.get(userId) ?? 1) - 1;
    if (left > 0) this.#users.set(userId, left);
    else this.#users.delete(userId);
  }

  isHere(userId: string): boolean {
    return this.#users.has(userId);
  }

  /** Gives an event to the subscribers here. */
  publish(text: string | (() => string), except?: Peer): void {
    this.events++;
    this.topic.publish(text, except);
  }

  hear(news: OccupancyNews): void {
    if (news.type === 'count') this.count(news.subscriptions);
    else this.roster?.hear(news);
  }

  /** The channel has this many subscriptions over all gateways. */
  count(subscriptions: number): void {
    if (this.#count === subscriptions) return;
    this.#count = subscriptions;
    for (const watcher of this.#watchers) watcher(subscriptions > 0);
    if (!this.kind.isPresence && !this.name.startsWith('#')) this.#tellCountSoon();
  }

  /** `watcher` is told when the channel's occupancy changes. Returns what ends it. */
  watch(watcher: (isOccupied: boolean) => void): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      this.idleSince = performance.now();
    };
  }

  close(): void {
    clearTimeout(this.#countTimer);
    this.roster?.close();
    this.topic.close();
  }

  #tellMembers(event: string, data: string): void {
    this.topic.publish(encodeChannelEvent(this.name, { event, data }));
  }

  #tellCountSoon(): void {
    if (this.#countTimer) return;
    const isMany = (this.#count ?? 0) > COUNT_AT_ONCE_MAX;
    const waitMs = isMany ? this.#countToldAt + COUNT_EVERY_MS - performance.now() : 0;
    if (waitMs <= 0) {
      this.#tellCount();
      return;
    }
    this.#countTimer = setTimeout(() => {
      this.#countTimer = undefined;
      this.#tellCount();
    }, waitMs);
  }

  #tellCount(): void {
    this.#countToldAt = performance.now();
    const event = 'pusher_internal:subscription_count';
    const data = { subscription_count: this.#count };
    this.topic.publish(encodeChannelEvent(this.name, { event, data }));
  }
}

/** `info` is JSON already. */
function memberData(userId: string, info: string | null): string {
  const user = `"user_id":${JSON.stringify(userId)}`;
  return info === null ? `{${user}}` : `{${user},"user_info":${info}}`;
}
