import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { throwError, timeout, type Observable } from 'rxjs';
import { Refusal } from '../refusal';

/** A database that hangs answers nothing, not even an error: nobody waits for it longer than this. */
const DEADLINE_MS = 5_000;

/** Every request is answered, with `unavailable` where its work takes too long. The work itself may still be done. */
@Injectable()
export class DeadlineInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = new Refusal('unavailable', 'this takes too long: try again later', {
      retryAfterMs: 2_000,
    });
    return next.handle().pipe(timeout({ each: DEADLINE_MS, with: () => throwError(() => late) }));
  }
}
