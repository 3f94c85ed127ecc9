import { Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module';
import { ConnectionLimits } from './accounts/connection-limits';
import { SessionRevocations } from './accounts/session-revocations';
import type { Settings } from './env';
import { HttpModule } from './http/http.module';
import { Metrics } from './ops/metrics';
import { OpsModule } from './ops/ops.module';
import { RoomService } from './rooms/room.service';
import { Connections } from './socket/connections';
import { RoomGateway } from './socket/room.gateway';
import type { Parts } from './parts';
import { PartsModule } from './parts.module';
import { SETTINGS } from './tokens';

/** (1) in: the WebSocket door. */
@Module({
  imports: [AccountsModule],
  providers: [
    RoomGateway,
    {
      provide: Connections,
      inject: [SETTINGS, SessionRevocations, RoomService, ConnectionLimits, Metrics],
      useFactory: (
        settings: Settings,
        revocations: SessionRevocations,
        rooms: RoomService,
        limits: ConnectionLimits,
        metrics: Metrics,
      ) => new Connections({ settings, revocations, rooms, limits, metrics }),
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
