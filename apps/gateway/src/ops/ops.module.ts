import { Module } from '@nestjs/common';
import { OpsController } from './ops.controller';

/** Health, readiness and metrics. Needs Database, Drain, Metrics and REDIS from a global module. */
@Module({
  controllers: [OpsController],
})
export class OpsModule {}
