import { UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import {
  type DeleteRequest,
  type HistoryRequest,
  type JoinRequest,
  type LeaveRequest,
  type LikeRequest,
  type MuteRequest,
  type ReadRequest,
  type ReplyData,
  type SendRequest,
  type TypingRequest,
  type UnmuteRequest,
} from '@hubbub/protocol';
import { ConnectionLimits } from '../accounts/connection-limits';
import { Metrics } from '../ops/metrics';
import { Refusal } from '../refusal';
import { ModerationService } from '../rooms/moderation.service';
import { RoomService, type Joined, type Page } from '../rooms/room.service';
import { SpeechService } from '../rooms/speech.service';
import { Handles } from './handles';
import { RefusalFilter } from './refusal.filter';
import { ReadyJson, type Request } from './request';
import type { Upgrade as Door } from './upgrade';

const entriesJson = (items: Joined['items']) => `[${items.map(({ json }) => json).join(',')}]`;

function joinedJson({ items, omitted, ...rest }: Joined): ReadyJson {
  const head = JSON.stringify(rest).slice(0, -1);
  const tail = omitted > 0 ? `,"omitted":${String(omitted)}}` : '}';
  return new ReadyJson(`${head},"entries":${entriesJson(items)}${tail}`);
}

function pageJson({ items, more }: Page): ReadyJson {
  return new ReadyJson(`{"entries":${entriesJson(items)},"more":${String(more)}}`);
}

/** The room protocol (`hubbub.v1`): each request is one line of work for the use cases. */
@WebSocketGateway()
@UseFilters(RefusalFilter)
export class RoomGateway {
  constructor(
    private readonly rooms: RoomService,
    private readonly speech: SpeechService,
    private readonly moderation: ModerationService,
    private readonly limits: ConnectionLimits,
    private readonly metrics: Metrics,
  ) {}

  @Handles('join')
  async join(_: Door, request: Request): Promise<void> {
    const retryAfterMs = request.connection.flow?.takeJoin(request.at) ?? 0;
    if (retryAfterMs > 0) {
      this.limits.report('joins');
      throw new Refusal('rate_limited', 'too many joins', { retryAfterMs });
    }
    await this.rooms.join(request.connection, request.data as JoinRequest, (joined) => {
      if (request.answer !== undefined) return false;
      this.metrics.joins.inc();
      request.ok(joinedJson(joined));
      return true;
    });
  }

  @Handles('leave')
  leave(_: Door, { connection, data }: Request): object {
    this.rooms.leave(connection, (data as LeaveRequest).room);
    return {};
  }

  @Handles('send')
  async send(_: Door, { connection, data, at }: Request): Promise<ReplyData<'send'>> {
    const request = data as SendRequest;
    const { user } = connection;
    if (!user) throw new Refusal('unauthenticated', 'sign in to speak');
    const room = this.rooms.joined(connection, request.room);
    const sent = await this.speech.send(user, request, room);
    this.metrics.sendSeconds.observe((performance.now() - at) / 1_000);
    return sent;
  }

  @Handles('history')
  async history(_: Door, { connection, data }: Request): Promise<ReadyJson> {
    return pageJson(await this.rooms.history(connection.user, data as HistoryRequest));
  }

  @Handles('delete')
  delete(_: Door, { connection, data }: Request): Promise<ReplyData<'delete'>> {
    return this.moderation.delete(connection.user, data as DeleteRequest);
  }

  @Handles('mute')
  mute(_: Door, { connection, data }: Request): Promise<ReplyData<'mute'>> {
    return this.moderation.mute(connection.user, data as MuteRequest);
  }

  @Handles('unmute')
  unmute(_: Door, { connection, data }: Request): Promise<ReplyData<'unmute'>> {
    return this.moderation.unmute(connection.user, data as UnmuteRequest);
  }

  @Handles('like')
  like(_: Door, { connection, data }: Request): object {
    this.rooms.like(connection, data as LikeRequest);
    return {};
  }

  @Handles('typing')
  typing(_: Door, { connection, data }: Request): object {
    this.rooms.typing(connection, data as TypingRequest);
    return {};
  }

  @Handles('read')
  async read(_: Door, { connection, data }: Request): Promise<object> {
    const { room, seq } = data as ReadRequest;
    await this.rooms.read(connection, room, seq);
    return {};
  }

  @Handles('ping')
  ping(): ReplyData<'ping'> {
    return { now: Date.now() };
  }
}
