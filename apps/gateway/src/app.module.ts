import { Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module';
import { SessionRevocations } from './accounts/session-revocations';
import { HttpModule } from './http/http.module';
import { OpsModule } from './ops/ops.module';
import { Connections } from './socket/connections';
import { RoomGateway } from './socket/room.gateway';
import type { Parts } from './parts';
import { PartsModule } from './parts.module';

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
