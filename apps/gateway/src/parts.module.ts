import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ConnectionLimits } from './accounts/connection-limits';
import { Drain } from './ops/drain';
import { Metrics } from './ops/metrics';
import type { Parts } from './parts';
import { RoomAuthorization } from './pusher/rooms/room-authorization';
import { ModerationService } from './rooms/moderation.service';
import { RoomService } from './rooms/room.service';
import { SpeechService } from './rooms/speech.service';
import { Database } from './store/database';
import { RoomLog } from './store/room-log';
import { RoomStore } from './store/room-store';
import { LOG, POLICY_NEWS, REDIS, REFRESH_APPS, SETTINGS, VIEWER_COUNTS } from './tokens';

/** What the modules of Nest get from `parts.ts`, where it is wired by hand. */
@Global()
@Module({})
export class PartsModule {
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
      { provide: SpeechService, useValue: parts.speech },
      { provide: ModerationService, useValue: parts.moderation },
      { provide: ConnectionLimits, useValue: parts.limits },
      { provide: Metrics, useValue: parts.metrics },
      { provide: Drain, useValue: parts.drain },
      { provide: REFRESH_APPS, useValue: parts.pusher.refreshApps },
      { provide: RoomAuthorization, useValue: parts.pusher.roomAuthorization },
    ];
    return { module: PartsModule, providers, exports: providers };
  }
}
