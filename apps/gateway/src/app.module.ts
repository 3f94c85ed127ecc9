import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module';
import { SessionRevocations } from './accounts/session-revocations';
import { HttpModule } from './http/http.module';
import { Metrics } from './ops/metrics';
import { OpsModule } from './ops/ops.module';
import { RoomService } from './rooms/room.service';
import { Connections } from './socket/connections';
import { GatewayIdentity } from './socket/gateway-identity';
import { RoomGateway } from './socket/room.gateway';
import { Database } from './store/database';
import { RoomLog } from './store/room-log';
import { RoomStore } from './store/room-store';
import type { Parts } from './parts';
import { LOG, POLICY_NEWS, REDIS, SETTINGS, VIEWER_COUNTS } from './tokens';

/** What the modules of Nest get from `parts.ts`, where it is wired by hand. */
@Global()
@Module({})
class PartsModule {
  static of(parts: Parts): DynamicModule {
    const providers = [
      { provide: SETTINGS, useValue: parts.settings },
      { provide: LOG, useValue: parts.log },
      { provide: REDIS, useValue: parts.redis },
      { provide: VIEWER_COUNTS, useValue: parts.viewers },
      { provide: POLICY_NEWS, useValue: parts.floor },
      { provide: Database, useValue: parts.database },
      { provide: RoomLog, useValue: parts.roomLog },
      { provide: RoomStore, useValue: parts.roomStore },
      { provide: RoomService, useValue: parts.rooms },
      { provide: Metrics, useValue: parts.metrics },
    ];
    return { module: PartsModule, providers, exports: providers };
  }
}

/** (1) in: the WebSocket door. */
@Module({
  imports: [AccountsModule],
  providers: [
    RoomGateway,
    {
      provide: Connections,
      inject: [SessionRevocations],
      useFactory: (revocations: SessionRevocations) => new Connections(revocations),
    },
    {
      provide: GatewayIdentity,
      inject: [SETTINGS],
      useFactory: ({ GATEWAY_ID }: Parts['settings']) => new GatewayIdentity(GATEWAY_ID),
    },
  ],
})
class SocketModule {}

@Module({})
export class AppModule {
  static of(parts: Parts): DynamicModule {
    return {
      module: AppModule,
      imports: [PartsModule.of(parts), AccountsModule, SocketModule, HttpModule, OpsModule],
    };
  }
}
