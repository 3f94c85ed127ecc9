import { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Redis } from 'ioredis';
import type { Settings } from '../../env';
import type { Log } from '../../log';
import { Refusal } from '../../refusal';
import type { AppSource } from '../app';
import type { Channels } from '../channels';
import { ApiDoor } from './api-door';
import { ApiEndpoints } from './api-endpoints';
import { API_ERRORS, ApiError } from './api-error';
import { ApiRateLimits } from './api-rate-limits';
import { createCors } from './cors';
import { Health } from './health';
import type { PusherMetrics } from './pusher-metrics';
import { replyError } from './reply';
import { RequestAborted } from './request-body';

const RETRY_MS = 1_000;

export interface PusherApiOptions {
  apps: AppSource;
  channels: Channels;
  settings: Pick<Settings, 'pusher' | 'WEB_URL'>;
  redis: Redis | null;
  log: Log;
  metrics: PusherMetrics;
  isDraining: () => boolean;
}

/**
 * The HTTP API of Pusher Channels and the health endpoints of Soketi, under the settings' path prefix. It takes raw requests: no body
 * may have been read before. Everything under /apps is answered here; what is none of its own goes on.
 */
export function createPusherApi(options: PusherApiOptions): RequestHandler {
  const { channels, settings, redis, log } = options;
  const { requestLimitBytes, rateLimiter, cors } = settings.pusher;
  const door = new ApiDoor({ ...options, requestLimitBytes });
  const limits = new ApiRateLimits(rateLimiter === 'redis' ? redis : null);
  const endpoints = new ApiEndpoints(channels, limits);
  const router = Router({ caseSensitive: true });
  const allow = createCors(cors);

  router.use('/apps', allow);
  router.post('/apps/:appId/events', door.to(endpoints.publish));
  router.post('/apps/:appId/batch_events', door.to(endpoints.publishBatch));
  router.get('/apps/:appId/channels', door.to(endpoints.listChannels));
  router.get('/apps/:appId/channels/:channel', door.to(endpoints.readChannel));
  router.get('/apps/:appId/channels/:channel/users', door.to(endpoints.listUsers));
  router.post('/apps/:appId/users/:userId/terminate_connections', door.to(endpoints.terminateUser));
  router.use('/apps', (_request, response) => {
    response.status(404).end();
  });
  router.use('/apps', answerErrors(log));
  router.use(createHealth(options, allow));
  return Router().use(settings.pusher.pathPrefix || '/', router);
}

function createHealth({ settings, isDraining }: PusherApiOptions, allow: RequestHandler): Router {
  const { acceptTrafficThresholdPercent } = settings.pusher;
  const health = new Health({ isDraining, acceptTrafficThresholdPercent });
  const router = Router({ caseSensitive: true });
  router.get('/', allow, (request, response, next) => {
    // The first page of the web app is not ours.
    if (settings.WEB_URL && request.baseUrl === '') next();
    else health.alive(response);
  });
  router.get('/ready', allow, (_request, response) => {
    health.ready(response);
  });
  router.get('/accept-traffic', allow, (_request, response) => {
    health.acceptTraffic(response);
  });
  router.get('/usage', allow, (_request, response) => {
    health.usage(response);
  });
  return router;
}

/** Every failure of a call leaves here. */
function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof RequestAborted || response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof ApiError) {
      replyError(response, error);
    } else if (error instanceof Refusal && error.code === 'unavailable') {
      replyError(response, API_ERRORS.unavailable(error.details.retryAfterMs ?? RETRY_MS));
    } else if (error instanceof URIError) {
      replyError(response, API_ERRORS.incorrect());
    } else {
      // The path alone: the query carries the signature.
      log.error('pusher: a call failed', {
        method: request.method,
        path: request.path,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      replyError(response, API_ERRORS.failed());
    }
  };
}
