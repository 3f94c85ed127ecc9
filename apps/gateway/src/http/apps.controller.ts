import { Controller, Inject, UseGuards, UseInterceptors } from '@nestjs/common';
import { REFRESH_APPS } from '../tokens';
import { ApiGuard } from './api.guard';
import { assertAdmin, From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles } from './operation.decorator';
import { OPERATIONS } from './operations';

/** The apps of the Pusher side, which are rows of a table. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class AppsController {
  constructor(@Inject(REFRESH_APPS) private readonly refreshApps: () => void) {}

  @Handles(OPERATIONS.refreshApps)
  refresh(@From() caller: Caller): void {
    assertAdmin(caller);
    this.refreshApps();
  }
}
