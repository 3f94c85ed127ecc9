import { Catch, type ArgumentsHost, type WsExceptionFilter } from '@nestjs/common';
import { databaseRefusal } from '../database-errors';
import { Refusal } from '../refusal';
import type { Request } from './request';

/** An expected failure is the reply to its request; what is none goes on, and becomes `internal` at the adapter. */
@Catch()
export class RefusalFilter implements WsExceptionFilter<unknown> {
  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToWs().getData<Request>();
    const refusal = error instanceof Refusal ? error : databaseRefusal(error);
    if (!refusal) throw error;
    request.fail(refusal);
  }
}
