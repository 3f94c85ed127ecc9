import { Module } from '@nestjs/common';
import { Drain } from './drain';
import { OpsController } from './ops.controller';

/** Health, readiness and metrics. Needs Database, Metrics and REDIS from a global module. */
@Module({
  controllers: [OpsController],
  providers: [Drain],
  exports: [Drain],
})
export class OpsModule {}
