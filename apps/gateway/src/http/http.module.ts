import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccountsModule } from '../accounts/accounts.module';
import { DirectoryService } from '../rooms/directory.service';
import { MembershipService } from '../rooms/membership.service';
import { ApiGuard } from './api.guard';
import { MembersController } from './members.controller';
import { RefusalFilter } from './refusal.filter';
import { RoomLogController } from './room-log.controller';
import { RoomsController } from './rooms.controller';
import { SessionsController } from './sessions.controller';

/**
 * REST. Needs, besides what AccountsModule needs, RoomLog, RoomStore, RoomService, VIEWER_COUNTS and POLICY_NEWS from a global
 * module, and `configureHttp(app)` before the application is initialised.
 */
@Module({
  imports: [AccountsModule],
  controllers: [SessionsController, RoomsController, MembersController, RoomLogController],
  providers: [
    ApiGuard,
    DirectoryService,
    MembershipService,
    { provide: APP_FILTER, useClass: RefusalFilter },
  ],
  exports: [DirectoryService],
})
export class HttpModule {}
