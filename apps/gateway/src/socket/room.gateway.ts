import { Inject, UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import {
  LIMITS,
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
import type { Settings } from '../env';
import { Metrics } from '../ops/metrics';
import { Refusal } from '../refusal';
import { ModerationService } from '../rooms/moderation.service';
import { RoomService, type Joined, type Page } from '../rooms/room.service';
import { SpeechService } from '../rooms/speech.service';
import { SETTINGS } from '../tokens';
import type { Connection } from './connection';
import { Connections } from './connections';
import { RefusalFilter } from './refusal.filter';
import { ReadyJson, type Request } from './request';

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
export class RoomGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    private readonly rooms: RoomService,
    private readonly speech: SpeechService,
    private readonly moderation: ModerationService,
    private readonly connections: Connections,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  handleConnection(connection: Connection): void {
    this.connections.add(connection);
    this.metrics.connections.set(this.connections.size);
    const data = {
      connection: connection.id,
      gateway: this.settings.GATEWAY_ID,
      user: connection.user,
      now: Date.now(),
      heartbeatMs: LIMITS.heartbeatMs,
      limits: { frameBytes: LIMITS.frameBytes, textChars: LIMITS.textChars, rooms: LIMITS.rooms },
    };
    connection.writeText(JSON.stringify({ event: 'welcome', data }));
  }

  handleDisconnect(connection: Connection): void {
    this.connections.delete(connection);
    this.metrics.connections.set(this.connections.size);
    this.rooms.leaveAll(connection);
  }

  @SubscribeMessage('join')
  join(@ConnectedSocket() connection: Connection, @MessageBody() request: Request): Promise<void> {
    return this.rooms.join(connection, request.data as JoinRequest, (joined) => {
      if (request.answer !== undefined) return false;
      this.metrics.joins.inc();
      request.ok(joinedJson(joined));
      return true;
    });
  }

  @SubscribeMessage('leave')
  leave(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') { room }: LeaveRequest,
  ): object {
    this.rooms.leave(connection, room);
    return {};
  }

  @SubscribeMessage('send')
  async send(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: SendRequest,
  ): Promise<ReplyData<'send'>> {
    const observe = this.metrics.sendSeconds.startTimer();
    const { user } = connection;
    if (!user) throw new Refusal('unauthenticated', 'sign in to speak');
    const room = this.rooms.joined(connection, request.room);
    const sent = await this.speech.send(user, request, room);
    observe();
    return sent;
  }

  @SubscribeMessage('history')
  async history(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: HistoryRequest,
  ): Promise<ReadyJson> {
    return pageJson(await this.rooms.history(connection.user, request));
  }

  @SubscribeMessage('delete')
  delete(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: DeleteRequest,
  ): Promise<ReplyData<'delete'>> {
    return this.moderation.delete(connection.user, request);
  }

  @SubscribeMessage('mute')
  mute(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: MuteRequest,
  ): Promise<ReplyData<'mute'>> {
    return this.moderation.mute(connection.user, request);
  }

  @SubscribeMessage('unmute')
  unmute(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: UnmuteRequest,
  ): Promise<ReplyData<'unmute'>> {
    return this.moderation.unmute(connection.user, request);
  }

  @SubscribeMessage('like')
  like(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: LikeRequest,
  ): object {
    this.rooms.like(connection, request);
    return {};
  }

  @SubscribeMessage('typing')
  typing(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') request: TypingRequest,
  ): object {
    this.rooms.typing(connection, request);
    return {};
  }

  @SubscribeMessage('read')
  async read(
    @ConnectedSocket() connection: Connection,
    @MessageBody('data') { room, seq }: ReadRequest,
  ): Promise<object> {
    await this.rooms.read(connection, room, seq);
    return {};
  }

  @SubscribeMessage('ping')
  ping(): ReplyData<'ping'> {
    return { now: Date.now() };
  }
}
