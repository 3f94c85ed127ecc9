import type { RequestHandler } from 'express';
import httpProxy from 'http-proxy-3';
import { ServerResponse } from 'node:http';
import type { Log } from './log';

/** What the gateway serves itself; everything else is the web app's. */
const OWN = /^\/(?:api|app|ws|healthz|readyz|metrics)(?:\/|$)/;

/**
 * Hands on to the web app what this gateway does not serve, so that both have one origin without a load balancer in front.
 * While the web app is away: 502 and a line of text.
 */
export function createWebProxy(target: string, log: Log): RequestHandler {
  const proxy = httpProxy.createProxyServer({ target, xfwd: true });
  proxy.on('error', (error, _request, response) => {
    log.debug('web: no answer', { error: error.message });
    if (!(response instanceof ServerResponse)) {
      response.destroy();
      return;
    }
    if (!response.headersSent) response.writeHead(502, { 'Content-Type': 'text/plain' });
    response.end('The web app is not up yet. Try again in a moment.\n');
  });
  return (request, response, next) => {
    if (OWN.test(request.path)) next();
    else proxy.web(request, response);
  };
}
