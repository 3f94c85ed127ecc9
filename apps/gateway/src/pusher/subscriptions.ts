import type { Member } from '../cluster/occupancy';
import type { Log } from '../log';
import type { PusherApp } from './app';
import type { Channel, Subscriber } from './channel';
import {
  SubscriptionRefused,
  type BackedSubscription,
  type ChannelBacking,
} from './channel-backing';
import { isAllowedName, kindOf, userChannel } from './channel-name';
import type { Channels } from './channels';
import { parseChannelData } from './inbound';
import {
  encodeChannelEvent,
  ERRORS,
  SUBSCRIPTION_ERRORS,
  type Fault,
  type SubscriptionError,
} from './protocol';
import { authMatches } from './signature';
import type { SignedInUser } from './signed-in-user';
import type { WebhookSink } from './webhook-event';

interface Owner extends Subscriber {
  readonly app: PusherApp;
  readonly user: SignedInUser | null;
  readonly hasEnded: boolean;
  sendText(text: string): void;
  sendError(fault: Fault, channel?: string): void;
}

interface SubscribeData {
  channel: string;
  auth?: string | undefined;
  channel_data?: string | undefined;
}

/** A subscription that stands. */
export interface StandingSubscription {
  readonly channel: Channel;
  readonly member: Member | undefined;
  readonly backed: BackedSubscription | undefined;
}

export interface SubscriptionsOptions {
  channels: Channels;
  backing: ChannelBacking;
  webhooks: WebhookSink;
  log: Log;
}

/** What one connection has subscribed to. What it asks of one channel is done in its order. */
export class Subscriptions {
  readonly #owner: Owner;
  readonly #options: SubscriptionsOptions;
  readonly #standing = new Map<string, StandingSubscription>();
  readonly #lanes = new Map<string, Promise<void>>();
  /** Whether a subscription was ever allowed by a signature. */
  hasBeenAuthorized = false;

  constructor(owner: Owner, options: SubscriptionsOptions) {
    this.#owner = owner;
    this.#options = options;
  }

  find(channel: string): StandingSubscription | undefined {
    return this.#standing.get(channel);
  }

  subscribe(data: SubscribeData): void {
    this.#inLane(data.channel, () => this.#subscribe(data));
  }

  unsubscribe(channel: string): void {
    this.#inLane(channel, () => {
      this.#end(channel);
    });
  }

  /** Ends all of them. */
  close(): void {
    for (const channel of [...this.#standing.keys()]) this.#end(channel);
  }

  #inLane(channel: string, work: () => Promise<void> | void): void {
    const before = this.#lanes.get(channel) ?? Promise.resolve();
    const lane = before
      .then(work)
      .catch((error: unknown) => {
        this.#refuseFor(channel, error);
      })
      .finally(() => {
        if (this.#lanes.get(channel) === lane) this.#lanes.delete(channel);
      });
    this.#lanes.set(channel, lane);
  }

  async #subscribe(data: SubscribeData): Promise<void> {
    const owner = this.#owner;
    const { channel: name } = data;
    if (this.#owner.hasEnded) return;
    if (owner.user && name === userChannel(owner.user.id)) {
      // Given since the sign-in. pusher-js asks for it all the same.
      this.#succeed({ name, roster: null });
      return;
    }
    const checked = check(owner, data);
    if ('error' in checked) {
      this.#refuse(name, checked.error);
      return;
    }
    const { member } = checked;
    const standing = this.#standing.get(name);
    if (standing && standing.member?.id === member?.id) {
      this.#succeed(standing.channel);
      if (standing.channel.kind.isCache) await this.#giveCached(standing.channel);
      return;
    }
    this.#end(name);
    const backed = await this.#openBacking(name, member);
    const subscription = { app: owner.app, name, subscriber: owner, member };
    const subscribed = this.#options.channels.subscribe(subscription, (opened) => {
      this.#standing.set(name, { channel: opened, member, backed });
      if (opened.kind.isPrivate) this.hasBeenAuthorized = true;
      this.#succeed(opened);
    });
    const channel = await subscribed.finally(() => {
      if (!this.#standing.has(name)) backed?.close();
    });
    if (!channel) {
      this.#refuse(name, SUBSCRIPTION_ERRORS.full);
    } else if (owner.hasEnded) {
      this.#end(name);
    } else if (channel.kind.isCache) {
      await this.#giveCached(channel);
    }
  }

  async #openBacking(
    name: string,
    member: Member | undefined,
  ): Promise<BackedSubscription | undefined> {
    const { app, socketId, user } = this.#owner;
    const { backing } = this.#options;
    if (!backing.backs(app, name)) return undefined;
    return backing.open(app, name, {
      socketId,
      user,
      member: member ?? null,
      revoke: (refused) => {
        this.#inLane(name, () => {
          this.#end(name);
          throw refused;
        });
      },
      fail: (message) => {
        this.#owner.sendError({ code: ERRORS.clientEventNotHere.code, message }, name);
      },
    });
  }

  #succeed({ name, roster }: Pick<Channel, 'name' | 'roster'>): void {
    const event = 'pusher_internal:subscription_succeeded';
    const data = roster ? presenceData(roster.members) : undefined;
    this.#owner.sendText(encodeChannelEvent(name, { event, data }));
  }

  /** The last event, unless a later one has come meanwhile. */
  async #giveCached(channel: Channel): Promise<void> {
    const { app } = this.#owner;
    const { events } = channel;
    const text = await this.#options.channels.cachedText(app, channel.name);
    if (channel.events !== events || !this.#standing.has(channel.name)) return;
    if (text === null) {
      this.#owner.sendText(encodeChannelEvent(channel.name, { event: 'pusher:cache_miss' }));
      this.#options.webhooks.record(app, { name: 'cache_miss', channel: channel.name });
    } else {
      this.#owner.sendText(text);
    }
  }

  #refuseFor(channel: string, error: unknown): void {
    if (error instanceof SubscriptionRefused) {
      this.#refuse(channel, error.data);
      return;
    }
    this.#options.log.error('pusher: a subscription failed', { channel, error: String(error) });
    this.#refuse(channel, SUBSCRIPTION_ERRORS.failed);
  }

  #refuse(channel: string, data: SubscriptionError): void {
    const event = 'pusher:subscription_error';
    this.#owner.sendText(encodeChannelEvent(channel, { event, data }));
  }

  #end(name: string): void {
    const standing = this.#standing.get(name);
    if (!standing) return;
    this.#standing.delete(name);
    standing.backed?.close();
    const { app } = this.#owner;
    const { member } = standing;
    this.#options.channels.unsubscribe({ app, name, subscriber: this.#owner, member });
  }
}

/** Whether the subscription is allowed, and whose it is. */
function check(
  { app, socketId }: Owner,
  { channel, auth, channel_data: channelData }: SubscribeData,
): { error: SubscriptionError } | { member: Member | undefined } {
  const kind = kindOf(channel);
  const maxLength = app.maxChannelNameLength;
  if (channel.length > maxLength) return { error: SUBSCRIPTION_ERRORS.nameTooLong(maxLength) };
  const maxKb = app.maxPresenceMemberSizeInKb;
  if (kind.isPresence && Buffer.byteLength(channelData ?? '') > maxKb * 1024) {
    return { error: SUBSCRIPTION_ERRORS.memberTooLarge(maxKb) };
  }
  if (kind.isPrivate) {
    const signed = [socketId, channel, ...(kind.isPresence ? [channelData ?? ''] : [])].join(':');
    if (auth === undefined || !authMatches(app, signed, auth)) {
      return { error: SUBSCRIPTION_ERRORS.unauthorized };
    }
  }
  if (!isAllowedName(channel)) return { error: SUBSCRIPTION_ERRORS.nameNotAllowed };
  if (!kind.isPresence) return { member: undefined };
  const member = parseChannelData(channelData ?? '');
  return member ? { member } : { error: SUBSCRIPTION_ERRORS.badMember };
}

/** Built by hand: `info` is JSON already. */
function presenceData(members: ReadonlyMap<string, string | null>): string {
  const ids = JSON.stringify([...members.keys()]);
  const hash = [...members]
    .map(([id, info]) => `${JSON.stringify(id)}:${info ?? 'null'}`)
    .join(',');
  return `{"presence":{"ids":${ids},"hash":{${hash}},"count":${String(members.size)}}}`;
}
