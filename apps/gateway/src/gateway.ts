import { readFile } from 'node:fs/promises';
import type { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { Authenticator } from './accounts/authenticator';
import { SessionRevocations } from './accounts/session-revocations';
import type { Settings } from './env';
import { answerClientErrors } from './http/client-errors';
import { configureHttp } from './http/configure-http';
import { HttpAdapter } from './http/http-adapter';
import { secureAnswers } from './http/secure-answers';
import { nestLogger, type Log } from './log';
import { createParts, type Parts } from './parts';
import type { TlsFiles } from './pusher/pusher-settings';
import { Connections } from './socket/connections';
import { Upgrade } from './socket/upgrade';
import { HubbubWsAdapter } from './socket/ws.adapter';
import { createWebProxy } from './web-proxy';

/** Sockets are told and closed over this long. */
const DRAIN_MS = 2_000;
/** Longer than a load balancer keeps a connection that it does not use; Nginx does for 3 s. */
const KEPT_ALIVE_MS = 3_300;
/** A stop that takes longer than this ends the process all the same. */
const STOP_MAX_MS = 15_000;

export interface Gateway {
  /** Where it listens. */
  readonly port: number;
  /** Drains and ends (G8): nobody new, everybody told, what is in flight finished. */
  stop(): Promise<void>;
}

/** Sessions that were signed out at another gateway. */
const SESSIONS_CHANNEL = 'hubbub:sessions';

/** A session that is signed out at one gateway ends at all of them. */
async function shareSignOuts({ bus }: Parts, revocations: SessionRevocations): Promise<void> {
  revocations.onRevoked(({ id, here }) => {
    if (here) void bus.publish(SESSIONS_CHANNEL, id);
  });
  await bus.subscribe(SESSIONS_CHANNEL, (id) => {
    revocations.note(id.toString());
  });
}

async function readTls({ certPath, keyPath, passphrase, caPath }: TlsFiles) {
  return {
    cert: await readFile(certPath),
    key: await readFile(keyPath),
    ...(passphrase && { passphrase }),
    ...(caPath && { ca: await readFile(caPath) }),
  };
}

/**
 * Takes no new connections, and goes on answering on those that a load balancer keeps until it has given them up: a request that
 * comes on one in the moment in which it is closed would be lost (G8).
 */
async function endKeptConnections(http: HttpServer): Promise<void> {
  http.prependListener('request', (_request, response) => {
    response.setHeader('Connection', 'close');
  });
  // Of HTTP's own `close` only the half that does not end what is idle.
  NetServer.prototype.close.call(http);
  await delay(KEPT_ALIVE_MS);
}

/** Starts one gateway: resolves when it takes traffic. */
export async function startGateway(settings: Settings, log: Log): Promise<Gateway> {
  const parts = await createParts(settings, log);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.of(parts),
    new HttpAdapter(settings),
    {
      logger: nestLogger(log),
      abortOnError: false,
      bodyParser: false,
      ...(settings.pusher.tls && { httpsOptions: await readTls(settings.pusher.tls) }),
    },
  );
  const { limits, overload, metrics, drain, pusher } = parts;
  const upgrade = new Upgrade({
    settings,
    authenticator: app.get(Authenticator),
    limits,
    overload,
    log,
    metrics,
    takesTraffic: () => !drain.isDraining,
    otherDoor: (request, socket, head) => pusher.upgrade.take(request, socket, head),
  });
  const connections = app.get(Connections);
  app.useWebSocketAdapter(new HubbubWsAdapter(app, { upgrade, connections, limits, log, metrics }));
  app.use(secureAnswers(settings));
  for (const handler of pusher.handlers) app.use(handler);
  configureHttp(app);
  if (settings.WEB_URL) app.use(createWebProxy(settings.WEB_URL, log));
  await shareSignOuts(parts, app.get(SessionRevocations));
  const http = app.getHttpServer();
  answerClientErrors(http, (limit) => {
    metrics.limited.inc({ limit });
  });
  await app.listen(settings.PORT, settings.HOST);
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : settings.PORT;
  log.info('gateway: takes traffic', { port, database: parts.database.kind });

  const stop = async () => {
    drain.begin();
    const deadline = setTimeout(() => {
      log.error('gateway: the drain took too long');
      process.exit(1);
    }, STOP_MAX_MS);
    await Promise.all([connections.drain(DRAIN_MS), pusher.drainConnections(DRAIN_MS)]);
    connections.close();
    // A gateway that is alone has no load balancer that would keep connections.
    if (settings.REDIS_URL) await endKeptConnections(http);
    http.closeIdleConnections();
    await app.close();
    await parts.close();
    clearTimeout(deadline);
  };
  return { port, stop };
}
