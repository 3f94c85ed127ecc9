import { Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module';
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
      inject: [SETTINGS, SessionRevocations, RoomService, Metrics],
      useFactory: (
        { GATEWAY_ID: gateway }: Settings,
        revocations: SessionRevocations,
        rooms: RoomService,
        metrics: Metrics,
      ) => new Connections({ gateway, revocations, rooms, metrics }),
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
