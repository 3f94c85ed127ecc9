import type { RequestHandler } from 'express';
import { isSecure } from '../accounts/client-address';
import type { Settings } from '../env';
import { SECURITY_HEADERS, STRICT_TRANSPORT } from '../security-headers';

/**
 * Gives every answer of this gateway its security headers, whoever makes it: to be mounted before everything else. What an answer
 * says itself counts more: a page that is handed on from the web app has a policy of its own.
 */
export function secureAnswers(settings: Pick<Settings, 'TRUSTED_PROXIES'>): RequestHandler {
  const headers = Object.entries(SECURITY_HEADERS);
  return (request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    if (isSecure(request, settings)) {
      response.setHeader('Strict-Transport-Security', STRICT_TRANSPORT);
    }
    next();
  };
}
