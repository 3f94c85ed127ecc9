import type { Roster, Seat } from './occupancy';

/** What one gateway has of a seat: subscriptions of a channel, or connections of a member. */
export interface Place {
  readonly app: string;
  readonly channel: string;
  /** Null in a channel without members. */
  readonly user: string | null;
  info: string | null;
  /** How many have it here. Only `Places` changes it. */
  count: number;
  /** How many of them Redis is known to have counted. */
  told: number;
}

interface Channel {
  subscriptions: number;
  members: number;
  version: number;
  readonly places: Map<string | null, Place>;
}

/** One gateway's own share of the occupancy. Every answer costs the same, however many there are. */
export class Places {
  readonly #apps = new Map<string, Map<string, Channel>>();

  find({ app, channel, member }: Seat): Place | undefined {
    return this.#channel(app, channel)?.places.get(member ? member.id.toWellFormed() : null);
  }

  /** The place of a seat; an empty one is made where there is none. */
  at(seat: Seat): Place {
    const { app, channel, member } = seat;
    const found = this.find(seat);
    if (found) {
      if (found.count === 0) found.info = member?.info ?? null;
      return found;
    }
    const user = member ? member.id.toWellFormed() : null;
    const place = { app, channel, user, info: member?.info ?? null, count: 0, told: 0 };
    this.#open(app, channel).places.set(user, place);
    return place;
  }

  add(place: Place, delta: number): void {
    const before = place.count;
    const channel = this.#open(place.app, place.channel);
    place.count += delta;
    channel.subscriptions += delta;
    if (place.user === null || before > 0 === place.count > 0) return;
    channel.members += before > 0 ? -1 : 1;
  }

  /** Forgets an empty place. */
  drop(place: Place): void {
    const channels = this.#apps.get(place.app);
    const channel = channels?.get(place.channel);
    if (!channels || !channel) return;
    channel.places.delete(place.user);
    if (channel.places.size > 0) return;
    channels.delete(place.channel);
    if (channels.size === 0) this.#apps.delete(place.app);
  }

  *[Symbol.iterator](): Iterator<Place> {
    for (const channels of this.#apps.values()) {
      for (const { places } of channels.values()) yield* places.values();
    }
  }

  subscriptions(app: string, channel: string): number {
    return this.#channel(app, channel)?.subscriptions ?? 0;
  }

  members(app: string, channel: string): number {
    return this.#channel(app, channel)?.members ?? 0;
  }

  channels(app: string, prefix: string): Map<string, number> {
    const found = new Map<string, number>();
    for (const [name, { subscriptions }] of this.#apps.get(app) ?? []) {
      if (subscriptions > 0 && isListed(name, prefix)) found.set(name, subscriptions);
    }
    return found;
  }

  roster(app: string, name: string): Roster {
    const channel = this.#channel(app, name);
    const members = new Map<string, string | null>();
    for (const { user, info, count } of channel?.places.values() ?? []) {
      if (user !== null && count > 0) members.set(user, info);
    }
    const version = members.size > 0 ? (channel?.version ?? 0) : 0;
    return { isWhole: true, version, members };
  }

  /** Counts a change of a channel's roster. */
  nextVersion(app: string, name: string): number {
    const channel = this.#open(app, name);
    // Microseconds: no channel changes so often that a later life of it could begin with a lower version.
    channel.version = channel.version === 0 ? Date.now() * 1_000 : channel.version + 1;
    return channel.version;
  }

  #channel(app: string, name: string): Channel | undefined {
    return this.#apps.get(app)?.get(name);
  }

  #open(app: string, name: string): Channel {
    let channels = this.#apps.get(app);
    if (!channels) this.#apps.set(app, (channels = new Map<string, Channel>()));
    let channel = channels.get(name);
    if (!channel) {
      channel = { subscriptions: 0, members: 0, version: 0, places: new Map() };
      channels.set(name, channel);
    }
    return channel;
  }
}

/** Whether a list of channels names this one: those that begin with `#` are the server's own. */
export function isListed(channel: string, prefix: string): boolean {
  return channel.startsWith(prefix) && !channel.startsWith('#');
}
