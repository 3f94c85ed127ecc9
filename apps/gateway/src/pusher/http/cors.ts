import type { RequestHandler } from 'express';
import type { PusherSettings } from '../pusher-settings';

/** Says to browsers which pages may read the answers, and answers their preflights. */
export function createCors(settings: PusherSettings['cors']): RequestHandler {
  const { credentials, origin, methods, allowedHeaders } = settings;
  const isForAll = origin.includes('*');
  const allowedMethods = methods.join(', ');
  const headers = allowedHeaders.join(', ');
  return (request, response, next) => {
    const from = request.headers.origin;
    if (isForAll) response.setHeader('Access-Control-Allow-Origin', '*');
    else if (from !== undefined && origin.includes(from)) {
      response.setHeader('Access-Control-Allow-Origin', from);
      if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
    }
    // The answer is another one for another page.
    if (!isForAll) response.setHeader('Vary', 'Origin');
    response.setHeader('Access-Control-Allow-Methods', allowedMethods);
    response.setHeader('Access-Control-Allow-Headers', headers);
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}
