import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccountsModule } from '../accounts/accounts.module';
import { WebhookDeliveries } from '../pusher/webhooks/webhook-deliveries';
import { DirectoryService } from '../rooms/directory.service';
import { MembershipService } from '../rooms/membership.service';
import { ApiGuard } from './api.guard';
import { AppsController } from './apps.controller';
import { MembersController } from './members.controller';
import { PusherAuthController } from './pusher-auth.controller';
import { RefusalFilter } from './refusal.filter';
import { RoomLogController } from './room-log.controller';
import { RoomsController } from './rooms.controller';
import { SessionsController } from './sessions.controller';
import { WebhookDeliveriesController } from './webhook-deliveries.controller';

/**
 * REST. Needs, besides what AccountsModule needs, RoomLog, RoomStore, RoomService, RoomAuthorization, VIEWER_COUNTS,
 * REFRESH_APPS and POLICY_NEWS from a global module, and `configureHttp(app)` before the application is initialised.
 */
@Module({
  imports: [AccountsModule],
  controllers: [
    SessionsController,
    RoomsController,
    MembersController,
    RoomLogController,
    PusherAuthController,
    WebhookDeliveriesController,
    AppsController,
  ],
  providers: [
    ApiGuard,
    DirectoryService,
    MembershipService,
    WebhookDeliveries,
    { provide: APP_FILTER, useClass: RefusalFilter },
  ],
  exports: [DirectoryService],
})
export class HttpModule {}
