import { Module } from '@nestjs/common';
import type { Settings } from '../env';
import { SETTINGS } from '../tokens';
import { AccountsService } from './accounts.service';
import { Authenticator } from './authenticator';
import { Passwords } from './passwords';
import { RateLimits } from './rate-limits';
import { SessionRevocations } from './session-revocations';
import { loadSessionSecret } from './session-secret';
import { SessionTokens } from './session-tokens';

/** Who somebody is. Needs SETTINGS, LOG, REDIS and Database from a global module. */
@Module({
  providers: [
    Passwords,
    {
      provide: SessionTokens,
      inject: [SETTINGS],
      useFactory: async (settings: Settings) =>
        new SessionTokens(await loadSessionSecret(settings), settings.SESSION_DAYS),
    },
    SessionRevocations,
    Authenticator,
    AccountsService,
    RateLimits,
  ],
  exports: [Authenticator, AccountsService, RateLimits, SessionRevocations],
})
export class AccountsModule {}
