import { Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import type { RoomListReply, RoomDetails } from '@hubbub/protocol';
import { RateLimits } from '../accounts/rate-limits';
import { DirectoryService } from '../rooms/directory.service';
import { ApiGuard } from './api.guard';
import { From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles, Input } from './operation.decorator';
import { OPERATIONS, type InputOf } from './operations';

/** The directory of rooms. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class RoomsController {
  readonly #directory: DirectoryService;
  readonly #rateLimits: RateLimits;

  constructor(directory: DirectoryService, rateLimits: RateLimits) {
    this.#directory = directory;
    this.#rateLimits = rateLimits;
  }

  @Handles(OPERATIONS.listRooms)
  list(
    @Input(OPERATIONS.listRooms) { query }: InputOf<typeof OPERATIONS.listRooms>,
  ): Promise<RoomListReply> {
    return this.#directory.list(query);
  }

  @Handles(OPERATIONS.createRoom)
  async create(
    @From() caller: Caller,
    @Input(OPERATIONS.createRoom) { body }: InputOf<typeof OPERATIONS.createRoom>,
  ): Promise<RoomDetails> {
    if (caller.user?.role !== 'admin') await this.#rateLimits.takeOfCaller('rooms', caller);
    return this.#directory.create(caller.user, body);
  }

  @Handles(OPERATIONS.room)
  find(
    @From() { user }: Caller,
    @Input(OPERATIONS.room) { params }: InputOf<typeof OPERATIONS.room>,
  ): Promise<RoomDetails> {
    return this.#directory.find(user, params.slug);
  }

  @Handles(OPERATIONS.updateRoom)
  update(
    @From() { user }: Caller,
    @Input(OPERATIONS.updateRoom) { params, body }: InputOf<typeof OPERATIONS.updateRoom>,
  ): Promise<RoomDetails> {
    return this.#directory.update(user, params.slug, body);
  }

  @Handles(OPERATIONS.removeRoom)
  remove(
    @From() { user }: Caller,
    @Input(OPERATIONS.removeRoom) { params }: InputOf<typeof OPERATIONS.removeRoom>,
  ): Promise<void> {
    return this.#directory.remove(user, params.slug);
  }

  @Handles(OPERATIONS.direct)
  direct(
    @From() { user }: Caller,
    @Input(OPERATIONS.direct) { body }: InputOf<typeof OPERATIONS.direct>,
  ): Promise<RoomDetails> {
    return this.#directory.direct(user, body.user);
  }
}
