import type { SessionUser } from '@hubbub/protocol';
import type { Viewers } from '../../cluster/viewers';
import type { Log } from '../../log';
import type { LiveRoom } from '../../rooms/live-room';
import { assertReadable } from '../../rooms/policy';
import type { RoomAccess } from '../../rooms/room-access';
import type { SpeechService } from '../../rooms/speech.service';
import type { Database } from '../../store/database';
import type { PusherApp } from '../app';
import type { BackedSubscriber, BackedSubscription, ChannelBacking } from '../channel-backing';
import type { Channels } from '../channels';
import { RoomBroadcast } from './room-broadcast';
import { isRoomChannel, parseRoomChannel } from './room-channel-name';
import { noRoomForAll, toSubscriptionRefused } from './room-refusals';
import { RoomSpeakers } from './room-speakers';
import { RoomSubscription } from './room-subscription';

export interface RoomChannelsOptions {
  access: RoomAccess;
  speech: SpeechService;
  viewers: Viewers;
  database: Database;
  channels: Channels;
  /** The id of the app whose channels rooms are; null: no app's. */
  roomsApp: string | null;
  log: Log;
}

/**
 * The rooms that everybody may read, as channels: `room.<slug>` and `presence-room.<slug>`. A subscriber is a viewer of the room
 * and gets its entries from now on; what was before has to be asked for (`GET /api/rooms/:slug/entries`) after the subscription
 * has succeeded, and what comes twice then is known by its `seq`. A `message` that was deleted before this gateway had it has
 * `withdrawn` in place of its text; of one that is deleted later, the `delete` entry tells. In the presence form
 * `client-message` {text, key?, danmaku?, replyTo?} is a message in the room and `client-typing` is seen in its pulse; there are
 * no other client events.
 */
export class RoomChannels implements ChannelBacking {
  readonly #options: RoomChannelsOptions;
  readonly #speakers: RoomSpeakers;
  readonly #broadcasts = new Map<LiveRoom, RoomBroadcast>();

  constructor(options: RoomChannelsOptions) {
    this.#options = options;
    this.#speakers = new RoomSpeakers(options.database);
  }

  backs(app: PusherApp, channel: string): boolean {
    return app.id === this.#options.roomsApp && isRoomChannel(channel);
  }

  async open(
    app: PusherApp,
    channel: string,
    subscriber: BackedSubscriber,
  ): Promise<BackedSubscription> {
    const name = parseRoomChannel(channel);
    if (!name) throw noRoomForAll();
    try {
      const speaker =
        name.isPresence && subscriber.member ? await this.#speakers.find(subscriber.member) : null;
      const { room } = await this.#options.access.enter(name.slug, null);
      room.assertOpen();
      const subscription = this.#join(room, { app, channel, subscriber, speaker });
      await this.#assertStillReadable(room, subscription);
      return subscription;
    } catch (error) {
      throw toSubscriptionRefused(error);
    }
  }

  #join(
    room: LiveRoom,
    {
      app,
      channel,
      subscriber,
      speaker,
    }: {
      app: PusherApp;
      channel: string;
      subscriber: BackedSubscriber;
      speaker: SessionUser | null;
    },
  ): RoomSubscription {
    const { channels, viewers, speech, log } = this.#options;
    const broadcast = this.#broadcasts.get(room) ?? new RoomBroadcast(app, room, channels);
    const subscription = new RoomSubscription({
      room,
      speaker,
      subscriber,
      speech,
      log,
      leave: () => {
        room.participants.delete(subscription);
        viewers.add(room.id, -1, speaker?.id ?? null);
        broadcast.remove(channel);
        if (!broadcast.isNeeded) this.#broadcasts.delete(room);
      },
    });
    this.#broadcasts.set(room, broadcast);
    broadcast.add(channel);
    viewers.add(room.id, 1, speaker?.id ?? null);
    room.participants.add(subscription);
    return subscription;
  }

  /** Who may read may have changed on the way here; from the join on the room tells of it. */
  async #assertStillReadable(room: LiveRoom, subscription: RoomSubscription): Promise<void> {
    try {
      assertReadable(await room.policy(), null);
      if (!subscription.stand()) throw noRoomForAll();
    } catch (error) {
      subscription.close();
      throw error;
    }
  }
}
