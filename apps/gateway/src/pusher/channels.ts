import { onBeat } from '../beat';
import type { Bus } from '../cluster/bus';
import {
  channelTopic,
  type Member,
  type Occupancy,
  type OccupancyNews,
} from '../cluster/occupancy';
import type { FlushReport } from '../fanout/outbox';
import type { Peer } from '../fanout/peer';
import type { PusherApp } from './app';
import { Channel, type Subscriber } from './channel';
import type { ChannelCache } from './channel-cache';
import { kindOf, userChannel } from './channel-name';
import { CLOSES, encodeChannelEvent } from './protocol';

/** A channel without subscribers is kept this long: somebody who reloads the page finds it open. */
const LINGER_MS = 5_000;
const SWEEP_MS = 2_000;
/** An echo that has not come for this long does not come any more. */
const ECHO_MAX_MS = 10_000;

export interface ChannelEvent {
  readonly channel: string;
  readonly name: string;
  /** Given on as it is; a string stays one. */
  readonly data: unknown;
  /** The connection that does not get it. */
  readonly exceptSocketId?: string | undefined;
  /** Of a client event in a presence channel. */
  readonly userId?: string | undefined;
}

export interface Subscription {
  readonly app: PusherApp;
  readonly name: string;
  readonly subscriber: Subscriber;
  readonly member?: Member | undefined;
}

export interface ChannelsOptions {
  bus: Bus;
  occupancy: Occupancy;
  cache: ChannelCache;
  /** The first half of this gateway's socket ids. */
  number: string;
  /** The connections of this gateway by socket id. */
  peers: { find(socketId: string): { transport: Peer } | undefined };
  report: (app: string, flush: FlushReport) => void;
  /** Called for each payload that the bus brings. */
  heard: () => void;
}

/**
 * The channels of all apps. An event goes to the bus topic of its channel alone, encoded once; a gateway listens to the channels
 * that it has subscribers of, and to no others.
 */
export class Channels {
  readonly occupancy: Occupancy;
  readonly #options: ChannelsOptions;
  readonly #open = new Map<string, Channel>();
  readonly #opening = new Map<string, Promise<Channel>>();
  /** Own events that were given out here before the bus brought them back, and when. */
  readonly #early = new Map<string, number>();
  /** Own events that the bus has been given and has not brought back. */
  readonly #underWay = new Set<string>();
  readonly #endBeat: () => void;
  #published = 0;

  constructor(options: ChannelsOptions) {
    this.#options = options;
    this.occupancy = options.occupancy;
    this.#endBeat = onBeat(SWEEP_MS, () => {
      this.#sweep();
    });
    options.bus.onChange((isWell) => {
      if (isWell) void this.#catchUp();
    });
    options.occupancy.onWhole(() => {
      void this.#catchUp();
    });
  }

  /** Channels that this gateway gives out. */
  get openChannels(): number {
    return this.#open.size;
  }

  /**
   * Gives a server's event to all subscribers of its channel, on all gateways; a cache channel remembers it. Resolves when the bus
   * has taken it. While the bus is down it reaches those of this gateway.
   */
  async publish(app: PusherApp, event: ChannelEvent): Promise<void> {
    const text = toText(event);
    const { cache } = this.#options;
    if (kindOf(event.channel).isCache) await cache.put(app.id, event.channel, text);
    await this.#publishText(app, event, text);
  }

  /** As `publish`, for an event of a client: no channel remembers it. */
  publishOfClient(app: PusherApp, event: ChannelEvent): Promise<void> {
    return this.#publishText(app, event, toText(event));
  }

  /** Gives an event to the subscribers of this gateway alone. `data` is asked for when the event goes out. */
  publishHere(
    app: PusherApp,
    { channel, name, data }: { channel: string; name: string; data: () => string },
  ): void {
    const open = this.#open.get(channelTopic(app.id, channel));
    open?.publish(() => toText({ channel, name, data: data() }));
  }

  /** Closes all connections of a signed-in user, on all gateways (4009). */
  async terminateUser(app: PusherApp, userId: string): Promise<void> {
    const topic = channelTopic(app.id, userChannel(userId));
    this.#terminate(this.#open.get(topic));
    await this.#options.bus.publish(topic, 'T');
  }

  /** The last event of a cache channel, and for how many seconds it is remembered. */
  async cached(app: PusherApp, channel: string): Promise<{ data: unknown; ttl: number } | null> {
    const cached = await this.#options.cache.get(app.id, channel);
    if (!cached) return null;
    const { data } = JSON.parse(cached.text) as { data: unknown };
    return { data, ttl: Math.ceil(cached.ttlMs / 1_000) };
  }

  /** The text of the last event of a cache channel. */
  async cachedText(app: PusherApp, channel: string): Promise<string | null> {
    return (await this.#options.cache.get(app.id, channel))?.text ?? null;
  }

  /**
   * Takes the subscriber into the channel. `stands` is called in the turn in which it begins to get the channel's events, and
   * before the first of them. Null where the channel has all the members that it may have.
   */
  async subscribe(
    { app, name, subscriber, member }: Subscription,
    stands: (channel: Channel) => void,
  ): Promise<Channel | null> {
    const { occupancy } = this.#options;
    const channel = await this.#hold(app.id, name);
    try {
      if (member) {
        const seat = { app: app.id, channel: name, member };
        const limit = app.maxPresenceMembersPerChannel;
        const entered = await occupancy.enter(seat, limit < 0 ? undefined : limit);
        if (entered === 'full') return null;
        // Those who are in it are told before the newcomer is one of them.
        channel.roster?.add(member);
      } else {
        void occupancy.enter({ app: app.id, channel: name });
      }
      stands(channel);
      channel.add(subscriber, member);
      return channel;
    } finally {
      channel.holds--;
    }
  }

  /** Takes the subscriber out of a channel that it was taken into. */
  unsubscribe({ app, name, subscriber, member }: Subscription): void {
    const channel = this.#open.get(channelTopic(app.id, name));
    channel?.remove(subscriber);
    this.occupancy.leave({ app: app.id, channel: name, ...(member && { member }) });
    // Nobody will tell that a member has left while Redis is away.
    if (member && channel && !this.#options.bus.isWell && !channel.isHere(member.id)) {
      channel.roster?.remove(member.id);
    }
  }

  /** Tells whether the user has signed-in connections anywhere, whenever that changes. Returns what ends it. */
  async watchUser(
    app: PusherApp,
    userId: string,
    watcher: (isOnline: boolean) => void,
  ): Promise<() => void> {
    const channel = await this.#hold(app.id, userChannel(userId));
    channel.holds--;
    return channel.watch(watcher);
  }

  close(): void {
    this.#endBeat();
    for (const channel of this.#open.values()) channel.close();
    this.#open.clear();
  }

  #peer(socketId: string | undefined): Peer | undefined {
    return socketId ? this.#options.peers.find(socketId)?.transport : undefined;
  }

  async #publishText(app: PusherApp, event: ChannelEvent, text: string): Promise<void> {
    const { bus, number } = this.#options;
    const topic = channelTopic(app.id, event.channel);
    const id = `${number}.${String(++this.#published)}`;
    const payload = `E${id} ${event.exceptSocketId ?? ''}\n${text}`;
    const giveHere = () => {
      this.#early.set(id, performance.now());
      this.#open.get(topic)?.publish(text, this.#peer(event.exceptSocketId));
    };
    // All gateways give out what the bus gives them, in its order; only what it may not bring back is given out at once.
    const wasWell = bus.isWell;
    if (!wasWell) giveHere();
    this.#underWay.add(id);
    const reached = await bus.publish(topic, payload);
    // An answer that was lost says nothing: the event may have come back all the same.
    const hasComeBack = !this.#underWay.delete(id);
    if (wasWell && reached === 0 && !hasComeBack && this.#open.has(topic)) giveHere();
  }

  /** The open channel, held: it stays until `holds` is given back. */
  async #hold(app: string, name: string): Promise<Channel> {
    const topic = channelTopic(app, name);
    let opening = this.#opening.get(topic);
    if (!opening) {
      const open = this.#open.get(topic);
      if (open) {
        open.holds++;
        return open;
      }
      opening = this.#openChannel(app, name, topic).finally(() => this.#opening.delete(topic));
      this.#opening.set(topic, opening);
    }
    const channel = await opening;
    channel.holds++;
    return channel;
  }

  async #openChannel(app: string, name: string, topic: string): Promise<Channel> {
    const { bus, occupancy, report } = this.#options;
    const channel = new Channel({
      app,
      name,
      loadRoster: () => occupancy.roster(app, name),
      report: (flush) => {
        report(app, flush);
      },
    });
    this.#open.set(topic, channel);
    await bus.subscribe(topic, (payload) => {
      this.#receive(channel, payload.toString());
    });
    await channel.roster?.load();
    return channel;
  }

  #receive(channel: Channel, payload: string): void {
    this.#options.heard();
    switch (payload.charAt(0)) {
      case 'E': {
        const headEnd = payload.indexOf('\n');
        const [id = '', except = ''] = payload.slice(1, headEnd).split(' ');
        this.#underWay.delete(id);
        if (this.#early.delete(id)) return;
        channel.publish(payload.slice(headEnd + 1), this.#peer(except));
        break;
      }
      case 'T':
        this.#terminate(channel);
        break;
      default:
        channel.hear(JSON.parse(payload) as OccupancyNews);
    }
  }

  #terminate(channel: Channel | undefined): void {
    for (const subscriber of [...(channel?.subscribers ?? [])]) subscriber.close(CLOSES.terminated);
  }

  /** What was told while the bus or Redis' counts were away has been missed. */
  async #catchUp(): Promise<void> {
    const isWhole = () => this.occupancy.isWhole;
    if (!isWhole() || !this.#options.bus.isWell) return;
    for (const channel of this.#open.values()) void channel.roster?.load();
    const byApp = new Map<string, Channel[]>();
    for (const channel of this.#open.values()) {
      byApp.set(channel.app, [...(byApp.get(channel.app) ?? []), channel]);
    }
    for (const [app, channels] of byApp) {
      const names = channels.map((channel) => channel.name);
      const counts = await this.occupancy.counts(app, names);
      // Of this gateway alone: everybody else would seem to be gone.
      if (!isWhole()) return;
      channels.forEach((channel, i) => {
        channel.count(counts[i] ?? 0);
      });
    }
  }

  #sweep(): void {
    const now = performance.now();
    for (const [id, at] of this.#early) if (now - at > ECHO_MAX_MS) this.#early.delete(id);
    for (const [topic, channel] of this.#open) {
      if (!channel.isIdle || this.#opening.has(topic)) continue;
      if (now - channel.idleSince < LINGER_MS) continue;
      this.#open.delete(topic);
      this.#options.bus.unsubscribe(topic);
      channel.close();
    }
  }
}

function toText({ channel, name, data, userId }: ChannelEvent): string {
  return encodeChannelEvent(channel, {
    event: name,
    data,
    ...(userId !== undefined && { userId }),
  });
}
