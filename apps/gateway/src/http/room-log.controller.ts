import { Controller, Header, UseGuards, UseInterceptors } from '@nestjs/common';
import type { ReplyData, SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import { DirectoryService } from '../rooms/directory.service';
import { RoomService } from '../rooms/room.service';
import { SpeechService } from '../rooms/speech.service';
import { ApiGuard } from './api.guard';
import { From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles, Input } from './operation.decorator';
import { OPERATIONS, type InputOf } from './operations';

/** Reading and writing a room's log without a WebSocket. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class RoomLogController {
  readonly #rooms: RoomService;
  readonly #speech: SpeechService;
  readonly #directory: DirectoryService;

  constructor(rooms: RoomService, speech: SpeechService, directory: DirectoryService) {
    this.#rooms = rooms;
    this.#speech = speech;
    this.#directory = directory;
  }

  /** The entries are ready-made JSON and go out as they are. */
  @Handles(OPERATIONS.entries)
  @Header('Content-Type', 'application/json; charset=utf-8')
  async entries(
    @From() { user }: Caller,
    @Input(OPERATIONS.entries) { params, query }: InputOf<typeof OPERATIONS.entries>,
  ): Promise<string> {
    const { slug } = params;
    const { items, more } = await this.#hidden(user, slug, () =>
      this.#rooms.history(user, { room: slug, ...query }),
    );
    const entries = items.map((item) => item.json).join(',');
    return `{"entries":[${entries}],"more":${String(more)}}`;
  }

  @Handles(OPERATIONS.sendMessage)
  async send(
    @From() { user }: Caller,
    @Input(OPERATIONS.sendMessage) { params, body }: InputOf<typeof OPERATIONS.sendMessage>,
  ): Promise<ReplyData<'send'>> {
    const { slug } = params;
    return this.#hidden(user, slug, () => this.#speech.send(user, { room: slug, ...body }));
  }

  /**
   * Where something is forbidden because the room is private, the room is not even there: and is answered as one that is not, to
   * the letter.
   */
  async #hidden<T>(user: SessionUser | null, slug: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal && (error.code === 'forbidden' || error.code === 'not_found')) {
        await this.#directory.find(user, slug);
      }
      throw error;
    }
  }
}
