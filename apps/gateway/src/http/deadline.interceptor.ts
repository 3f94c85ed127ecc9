import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { throwError, timeout, type Observable } from 'rxjs';
import { Refusal } from '../refusal';
import { operationOf } from './operation.decorator';
import { OPERATIONS } from './operations';

/** A database that hangs answers nothing, not even an error: nobody waits for it longer than this. */
const DEADLINE_MS = 5_000;
/** A message is safe to send again (P9), so that its sender is told sooner. */
const SEND_DEADLINE_MS = 3_000;

/** Every request is answered, with `unavailable` where its work takes too long. The work itself may still be done. */
@Injectable()
export class DeadlineInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = new Refusal('unavailable', 'this takes too long: try again later', {
      retryAfterMs: 2_000,
    });
    const each = operationOf(context) === OPERATIONS.sendMessage ? SEND_DEADLINE_MS : DEADLINE_MS;
    return next.handle().pipe(timeout({ each, with: () => throwError(() => late) }));
  }
}
