import { Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import type {
  PusherChannelAuthorizationReply,
  PusherUserAuthenticationReply,
} from '@hubbub/protocol';
import { RoomAuthorization } from '../pusher/rooms/room-authorization';
import { assertSignedIn } from '../rooms/directory-access';
import { ApiGuard } from './api.guard';
import { From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles, Input } from './operation.decorator';
import { OPERATIONS, type InputOf } from './operations';

/** What the clients of Pusher's libraries ask their application's server. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class PusherAuthController {
  readonly #authorization: RoomAuthorization;

  constructor(authorization: RoomAuthorization) {
    this.#authorization = authorization;
  }

  @Handles(OPERATIONS.authorizePusherChannel)
  authorizeChannel(
    @From() { user }: Caller,
    @Input(OPERATIONS.authorizePusherChannel)
    { body }: InputOf<typeof OPERATIONS.authorizePusherChannel>,
  ): Promise<PusherChannelAuthorizationReply> {
    assertSignedIn(user);
    return this.#authorization.authorizeChannel(user, body);
  }

  @Handles(OPERATIONS.authenticatePusherUser)
  authenticateUser(
    @From() { user }: Caller,
    @Input(OPERATIONS.authenticatePusherUser)
    { body }: InputOf<typeof OPERATIONS.authenticatePusherUser>,
  ): Promise<PusherUserAuthenticationReply> {
    assertSignedIn(user);
    return this.#authorization.authenticateUser(user, body);
  }
}
