import type {
  PusherChannelAuthorization,
  PusherChannelAuthorizationReply,
  PusherUserAuthentication,
  PusherUserAuthenticationReply,
  SessionUser,
} from '@hubbub/protocol';
import { Refusal } from '../../refusal';
import { findRoom } from '../../rooms/directory-access';
import type { RoomStore } from '../../store/room-store';
import type { AppSource, PusherApp } from '../app';
import { sign } from '../signature';
import { parseRoomChannel } from './room-channel-name';
import { NO_ROOM_FOR_ALL } from './room-refusals';
import { isSpeakerId } from './room-speakers';

export interface RoomAuthorizationOptions {
  apps: AppSource;
  /** The id of the app whose channels rooms are; null: no app's. */
  roomsApp: string | null;
  roomStore: RoomStore;
}

/**
 * Signs for the users of this gateway what the clients of Pusher's libraries ask their server to sign, so that whoever has signed
 * in here can be in a room by a channel
 * (https://pusher.com/docs/channels/server_api/authorizing-users/, /authenticating-users/).
 */
export class RoomAuthorization {
  readonly #options: RoomAuthorizationOptions;

  constructor(options: RoomAuthorizationOptions) {
    this.#options = options;
  }

  /**
   * That the connection is `user` in the room of a `presence-room.<slug>`.
   * @throws {Refusal} `forbidden`: no room that everybody may read, nobody who can be in one; `unavailable`.
   */
  async authorizeChannel(
    user: SessionUser,
    { socket_id: socketId, channel_name: channel }: PusherChannelAuthorization,
  ): Promise<PusherChannelAuthorizationReply> {
    const app = await this.#app(user);
    const name = parseRoomChannel(channel);
    if (!name?.isPresence) {
      throw new Refusal('forbidden', 'only presence-room.<slug> is signed here', {
        field: 'channel_name',
      });
    }
    await this.#assertForAll(name.slug);
    const data = JSON.stringify({ user_id: user.id, user_info: { name: user.name } });
    const auth = `${app.key}:${sign(app.secret, `${socketId}:${channel}:${data}`)}`;
    return { auth, channel_data: data };
  }

  /** That the connection is `user`'s. @throws {Refusal} `forbidden`: nobody who can be in a room; `unavailable`. */
  async authenticateUser(
    user: SessionUser,
    { socket_id: socketId }: PusherUserAuthentication,
  ): Promise<PusherUserAuthenticationReply> {
    const app = await this.#app(user);
    const data = JSON.stringify({ id: user.id, user_info: { name: user.name } });
    const auth = `${app.key}:${sign(app.secret, `${socketId}::user::${data}`)}`;
    return { auth, user_data: data };
  }

  /** The app that `user` can be somebody in. */
  async #app(user: SessionUser): Promise<PusherApp> {
    const { apps, roomsApp } = this.#options;
    if (!isSpeakerId(user.id)) {
      throw new Refusal('forbidden', 'a trusted server is nobody in a room: use an account');
    }
    const app = roomsApp === null ? null : await apps.findById(roomsApp);
    if (!app) throw new Refusal('forbidden', 'rooms are no channels here');
    return app;
  }

  async #assertForAll(slug: string): Promise<void> {
    try {
      await findRoom(this.#options.roomStore, null, slug);
    } catch (error) {
      const isHidden = error instanceof Refusal && error.code === 'not_found';
      if (!isHidden) throw error;
      throw new Refusal('forbidden', NO_ROOM_FOR_ALL, { field: 'channel_name' });
    }
  }
}
