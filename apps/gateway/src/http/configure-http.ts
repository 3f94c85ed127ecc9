import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { json, urlencoded, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Settings } from '../env';
import { Metrics } from '../ops/metrics';
import { SETTINGS } from '../tokens';
import { createDocument } from './openapi';

const DOCS = '/api/docs';
/** Clients of Pusher's libraries post forms. */
const PUSHER = '/api/pusher';

/** Nothing of an answer is ever run or shown as a page. What is said of https is said for all answers (`secureAnswers`). */
const answers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: false,
});

/** The pages of the documentation: their own scripts and styles, and none from elsewhere. */
const documentation = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
});

function isDocumentation(path: string): boolean {
  return path === DOCS || path.startsWith(`${DOCS}/`);
}

function setHeaders(request: Request, response: Response, next: NextFunction): void {
  if (isDocumentation(request.originalUrl.split('?')[0] ?? '')) {
    documentation(request, response, next);
    return;
  }
  response.setHeader('Cache-Control', 'no-store');
  answers(request, response, next);
}

/** By the route's pattern: a path of the request would make a time series of each room. */
function measure(metrics: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const stop = metrics.httpSeconds.startTimer();
    response.once('finish', () => {
      const { path = 'none' } = (request.route ?? {}) as { path?: string };
      stop({ method: request.method, route: path, status: response.statusCode });
    });
    next();
  };
}

/**
 * What stands before the controllers: headers, the body parser, and the documentation at /api/docs. To be called before
 * `app.init()`; the application has to be created with `bodyParser: false`. Only /api is touched, so that whatever else is
 * served here, or handed on, gets its requests whole.
 */
export function configureHttp(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use('/api', measure(app.get(Metrics)));
  app.use('/api', setHeaders);
  // Of a compressed body, what it unpacks to.
  const { BODY_BYTES: limit } = app.get<Settings>(SETTINGS);
  app.use('/api', json({ limit, strict: false }));
  app.use(PUSHER, urlencoded({ limit, extended: false }));
  SwaggerModule.setup(DOCS, app, createDocument, {
    raw: ['json'],
    customSiteTitle: 'Hubbub API',
    swaggerOptions: { validatorUrl: null },
  });
}
