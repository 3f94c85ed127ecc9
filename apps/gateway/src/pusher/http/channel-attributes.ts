import type { PusherApp } from '../app';
import { kindOf } from '../channel-name';
import type { Channels } from '../channels';
import { API_ERRORS } from './api-error';

const ATTRIBUTES = ['user_count', 'subscription_count', 'cache'] as const;
type Attribute = (typeof ATTRIBUTES)[number];

/** What may be asked of channels, in the words of the API. */
export interface Attributes {
  user_count?: number;
  subscription_count?: number;
  /** The last event of a cache channel: its data, and for how many seconds it is remembered. */
  cache?: { data: unknown; ttl: number } | null;
}

/** What Soketi tells of a channel where nothing is asked for. */
export interface ChannelState extends Attributes {
  occupied: boolean;
}

function isAttribute(name: string): name is Attribute {
  return (ATTRIBUTES as readonly string[]).includes(name);
}

/** The names in an `info`. */
function namesIn(info: string): string[] {
  return info
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** What a channel of this name can tell. */
function has(channel: string, attribute: Attribute): boolean {
  switch (attribute) {
    case 'user_count':
      return kindOf(channel).isPresence;
    case 'subscription_count':
      return true;
    case 'cache':
      return kindOf(channel).isCache;
  }
}

/** Answers the questions of the HTTP API about channels, over all gateways. */
export class ChannelAttributes {
  readonly #channels: Channels;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** Of channels that were published to: what a channel does not have is left out. `info` null: nothing. */
  async ofPublished(
    app: PusherApp,
    channels: readonly string[],
    info: string | null,
  ): Promise<Attributes[]> {
    const wanted = namesIn(info ?? '').filter(isAttribute);
    const attributes = channels.map((): Attributes => ({}));
    await Promise.all([
      wanted.includes('user_count') && this.#addUserCounts(app, channels, attributes),
      wanted.includes('subscription_count') && this.#addCounts(app, channels, attributes),
    ]);
    return attributes;
  }

  /** Of one channel: `info` undefined: what Soketi tells. @throws {ApiError} 400 for an attribute that it does not have. */
  async ofChannel(
    app: PusherApp,
    channel: string,
    info: string | undefined,
  ): Promise<ChannelState> {
    const { occupancy } = this.#channels;
    const wanted = this.#wantedOf(channel, info);
    const [counts, userCounts, cache] = await Promise.all([
      occupancy.counts(app.id, [channel]),
      wanted.has('user_count') ? occupancy.memberCounts(app.id, [channel]) : [],
      wanted.has('cache') ? this.#channels.cached(app, channel) : undefined,
    ]);
    const [count = 0] = counts;
    const [userCount] = userCounts;
    return {
      ...(wanted.has('subscription_count') && { subscription_count: count }),
      occupied: count > 0,
      ...(userCount !== undefined && { user_count: userCount }),
      ...(cache !== undefined && { cache }),
    };
  }

  /** Of all channels that have subscriptions and whose names begin with `prefix`. @throws {ApiError} 400 */
  async ofAll(
    app: PusherApp,
    prefix: string,
    info: string | undefined,
  ): Promise<Record<string, Attributes | ChannelState>> {
    const wanted = info === undefined ? null : namesIn(info);
    this.#checkWantedOfAll(prefix, wanted ?? []);
    const counts = await this.#channels.occupancy.channels(app.id, prefix);
    // Names with # are users, not channels.
    const names = [...counts.keys()].filter((name) => !name.startsWith('#'));
    const attributes = names.map((name): Attributes | ChannelState => {
      const count = counts.get(name) ?? 0;
      if (!wanted) return { subscription_count: count, occupied: true };
      return wanted.includes('subscription_count') ? { subscription_count: count } : {};
    });
    if (wanted?.includes('user_count')) await this.#addUserCounts(app, names, attributes);
    return Object.fromEntries(names.map((name, i) => [name, attributes[i] ?? {}]));
  }

  #wantedOf(channel: string, info: string | undefined): Set<Attribute> {
    if (info === undefined) {
      const usual = ['subscription_count', 'user_count'] as const;
      return new Set(usual.filter((name) => has(channel, name)));
    }
    const wanted = new Set<Attribute>();
    for (const name of namesIn(info)) {
      if (!isAttribute(name) || !has(channel, name)) throw API_ERRORS.noSuchAttribute(name);
      wanted.add(name);
    }
    return wanted;
  }

  #checkWantedOfAll(prefix: string, wanted: string[]): void {
    for (const name of wanted) {
      if (!isAttribute(name) || name === 'cache') throw API_ERRORS.noSuchAttribute(name);
      if (name === 'user_count' && !prefix.startsWith('presence-')) {
        throw API_ERRORS.usersNeedPresencePrefix();
      }
    }
  }

  async #addCounts(
    app: PusherApp,
    channels: readonly string[],
    attributes: Attributes[],
  ): Promise<void> {
    const counts = await this.#channels.occupancy.counts(app.id, channels);
    attributes.forEach((of, i) => (of.subscription_count = counts[i] ?? 0));
  }

  async #addUserCounts(
    app: PusherApp,
    channels: readonly string[],
    attributes: Attributes[],
  ): Promise<void> {
    const places = channels.flatMap((name, i) => (has(name, 'user_count') ? [i] : []));
    const names = places.map((i) => channels[i] ?? '');
    const counts = await this.#channels.occupancy.memberCounts(app.id, names);
    places.forEach((place, i) => {
      const of = attributes[place];
      if (of) of.user_count = counts[i] ?? 0;
    });
  }
}
