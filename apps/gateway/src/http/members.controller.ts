import { Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import type { MemberListReply, MuteListReply } from '@hubbub/protocol';
import { MembershipService } from '../rooms/membership.service';
import { ApiGuard } from './api.guard';
import { From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles, Input } from './operation.decorator';
import { OPERATIONS, type InputOf } from './operations';

/** Roles and mutes of a room. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class MembersController {
  readonly #membership: MembershipService;

  constructor(membership: MembershipService) {
    this.#membership = membership;
  }

  @Handles(OPERATIONS.members)
  members(
    @From() { user }: Caller,
    @Input(OPERATIONS.members) { params, query }: InputOf<typeof OPERATIONS.members>,
  ): Promise<MemberListReply> {
    return this.#membership.members(user, params.slug, query);
  }

  @Handles(OPERATIONS.setMember)
  setMember(
    @From() { user }: Caller,
    @Input(OPERATIONS.setMember) { params, body }: InputOf<typeof OPERATIONS.setMember>,
  ): Promise<void> {
    return this.#membership.setRole(user, params.slug, { user: params.user, role: body.role });
  }

  @Handles(OPERATIONS.removeMember)
  removeMember(
    @From() { user }: Caller,
    @Input(OPERATIONS.removeMember) { params }: InputOf<typeof OPERATIONS.removeMember>,
  ): Promise<void> {
    return this.#membership.setRole(user, params.slug, { user: params.user, role: null });
  }

  @Handles(OPERATIONS.mutes)
  mutes(
    @From() { user }: Caller,
    @Input(OPERATIONS.mutes) { params, query }: InputOf<typeof OPERATIONS.mutes>,
  ): Promise<MuteListReply> {
    return this.#membership.mutes(user, params.slug, query);
  }
}
