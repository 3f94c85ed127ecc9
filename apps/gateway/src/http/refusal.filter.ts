import {
  Catch,
  HttpException,
  Inject,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { ErrorCode } from '@hubbub/protocol';
import type { Request, Response } from 'express';
import { databaseRefusal } from '../database-errors';
import type { Log } from '../log';
import { Refusal, retryAfterSeconds } from '../refusal';
import { LOG } from '../tokens';

/** A failure as it is answered. `status` is the code's own, unless HTTP has a more fitting one (413, 415). */
interface Answer {
  status: number;
  refusal: Refusal;
}

/** What Nest and the body parser refuse by themselves. */
const HTTP_CODES: Partial<Record<number, [ErrorCode, string]>> = {
  400: ['bad_frame', 'the request is not valid'],
  401: ['unauthenticated', 'sign in first'],
  403: ['forbidden', 'this is not allowed'],
  404: ['not_found', 'there is nothing here'],
  413: ['too_long', 'the body is too large'],
  415: ['bad_frame', 'the body is in a form that is not read here'],
};

/** Every failure of an HTTP request leaves here, as `{code, message, field?, retryAfterMs?}` with the fitting status. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  readonly #log: Log;

  constructor(@Inject(LOG) log: Log) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    // A WebSocket's errors are answered where its frames are.
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const { status, refusal } = this.#answer(error, http.getRequest<Request>());
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { retryAfterMs } = refusal.details;
    if (retryAfterMs !== undefined && (status === 429 || status === 503)) {
      response.setHeader('Retry-After', retryAfterSeconds(retryAfterMs));
    }
    response.status(status).json(refusal.toData());
  }

  #answer(error: unknown, request: Request): Answer {
    if (error instanceof Refusal) return { status: error.status, refusal: error };
    const known = error instanceof HttpException ? HTTP_CODES[error.getStatus()] : undefined;
    if (error instanceof HttpException && known) {
      return { status: error.getStatus(), refusal: new Refusal(...known) };
    }
    const unavailable = databaseRefusal(error);
    if (unavailable) {
      this.#log.debug('http: the database is not there', { error: String(error) });
      return { status: unavailable.status, refusal: unavailable };
    }
    // The path alone: a query may carry a token.
    this.#log.error('http: a request failed', {
      method: request.method,
      path: request.path,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    const refusal = new Refusal('internal', 'something went wrong here');
    return { status: refusal.status, refusal };
  }
}
