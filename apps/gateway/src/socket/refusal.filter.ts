import { Catch, type ArgumentsHost, type WsExceptionFilter } from '@nestjs/common';
import { Refusal } from '../refusal';
import type { Request } from './request';

/** An expected failure is the reply to its request; what is none goes on, and becomes `internal` at the adapter. */
@Catch()
export class RefusalFilter implements WsExceptionFilter<unknown> {
  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToWs().getData<Request>();
    if (error instanceof Refusal) request.fail(error);
    else throw error;
  }
}
