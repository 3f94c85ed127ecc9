import { raw, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { Settings } from '../../env';
import type { Log } from '../../log';
import { Refusal } from '../../refusal';
import type { AppSource, PusherApp } from '../app';
import { answer, answerError } from './aws-answers';
import { AwsError } from './aws-error';
import { isSigned, isTimely, readClaim, type SignedRequest } from './aws-signature';
import type { ConnectionAnswer, ConnectionCommand, ConnectionControl } from './connection-control';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const PAYLOAD_MAX_BYTES = 128 * 1024;
/** Behind the prefix; the SDKs write the `@` as %40. */
const PATH = /^(?:@|%40)connections\/([^/]+)$/;
const DECODING = { fatal: true, ignoreBOM: true };
const METHODS = new Set(['POST', 'GET', 'DELETE']);

export interface ConnectionsApiOptions {
  apps: AppSource;
  control: ConnectionControl;
  settings: { pusher: Pick<Settings['pusher'], 'pathPrefix'> };
  log: Log;
}

/**
 * Single connections, as backends of Amazon API Gateway reach them: `POST`, `GET` and `DELETE /@connections/<socket id>`, signed
 * with the app's key and secret as AWS credentials. What it does not know goes to the next handler.
 */
export function createConnectionsApi(options: ConnectionsApiOptions): RequestHandler {
  const readBody = raw({ type: () => true, limit: PAYLOAD_MAX_BYTES, inflate: false });
  const before = `${options.settings.pusher.pathPrefix}/`;
  return (request: Request, response: Response, next: NextFunction) => {
    const [path = '', query = ''] = request.originalUrl.split('?', 2);
    const isBelow = path.startsWith(before);
    const [, id] = (isBelow && PATH.exec(path.slice(before.length))) || [];
    if (id === undefined || !METHODS.has(request.method)) {
      next();
      return;
    }
    readBody(request, response, (error?: unknown) => {
      const body: unknown = request.body;
      const signed: SignedRequest = {
        method: request.method,
        path,
        query,
        headers: request.headers,
        body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      };
      const serving = error === undefined ? serve(signed, id, options) : failed(error);
      serving.then(
        (found) => {
          answerDone(response, request.method, found);
        },
        (failure: unknown) => {
          answerError(response, toAwsError(failure, options.log));
        },
      );
    });
  };
}

async function serve(
  request: SignedRequest,
  id: string,
  { apps, control }: ConnectionsApiOptions,
): Promise<ConnectionAnswer> {
  const app = await authenticate(request, apps);
  const found = await control.run(app, decode(id), commandOf(request));
  switch (found.type) {
    case 'done':
    case 'found':
      return found;
    case 'gone':
      throw new AwsError('GoneException', 'The connection with the provided id no longer exists.');
    case 'full':
      throw new AwsError(
        'LimitExceededException',
        'The connection does not read what it was sent: its buffer is full.',
      );
  }
}

/** @throws {AwsError} */
async function authenticate(request: SignedRequest, apps: AppSource): Promise<PusherApp> {
  const refuse = (message: string) => new AwsError('ForbiddenException', message);
  if (request.headers.authorization === undefined) throw refuse('Missing Authentication Token');
  const claim = readClaim(request.headers);
  if (!claim) throw refuse('The request signature does not conform to AWS standards.');
  const app = await apps.findByKey(claim.accessKeyId);
  if (!app) throw refuse('The security token included in the request is invalid.');
  if (!isTimely(claim, Date.now())) {
    throw refuse('The signature is not of now: its time is more than 5 minutes away.');
  }
  if (!(await isSigned(request, claim, app.secret))) {
    throw refuse(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
  }
  if (!app.enabled) throw refuse('The app is not enabled.');
  return app;
}

/** @throws {AwsError} where the body cannot be a text message (RFC 6455, 5.6). */
function commandOf({ method, body }: SignedRequest): ConnectionCommand {
  if (method === 'GET') return { type: 'get' };
  if (method === 'DELETE') return { type: 'delete' };
  try {
    return { type: 'post', text: new TextDecoder('utf-8', DECODING).decode(body) };
  } catch {
    throw new AwsError('BadRequestException', 'The data is no text in UTF-8.');
  }
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function answerDone(response: Response, method: string, found: ConnectionAnswer): void {
  if (found.type !== 'found') {
    answer(response, method === 'DELETE' ? 204 : 200);
    return;
  }
  const { openedAt, lastActiveAt, address, userAgent } = found;
  answer(response, 200, {
    connectedAt: new Date(openedAt).toISOString(),
    identity: { sourceIp: address, userAgent },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  });
}

/** What the body parser says. */
function failed(error: unknown): Promise<never> {
  const { status } = error as { status?: number };
  return Promise.reject(
    status === 413
      ? new AwsError('PayloadTooLargeException', 'The data has exceeded the maximum size allowed.')
      : new AwsError('BadRequestException', 'The body could not be read.'),
  );
}

function toAwsError(failure: unknown, log: Log): AwsError {
  if (failure instanceof AwsError) return failure;
  if (failure instanceof Refusal) {
    return new AwsError('ServiceUnavailableException', failure.message);
  }
  log.error('pusher: a connection could not be reached', { error: String(failure) });
  return new AwsError('InternalServerErrorException', 'Internal server error');
}
