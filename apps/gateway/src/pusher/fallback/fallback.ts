import type { ServerResponse } from 'node:http';
import { text, type NextFunction, type Request, type Response } from 'express';
import { clientAddress, isSecure } from '../../accounts/client-address';
import type { ConnectionLimits } from '../../accounts/connection-limits';
import { onBeat } from '../../beat';
import type { Settings } from '../../env';
import type { Log } from '../../log';
import type { Overload } from '../../ops/overload';
import { retryAfterSeconds } from '../../refusal';
import type { PusherServer } from '../pusher-server';
import type { Handshake } from '../transport';
import { parseFallbackPath, type FallbackPath } from './fallback-path';
import { Receiver } from './receiver';
import { closeFrame } from './sockjs-frames';
import { XhrSession } from './xhr-session';

const SWEEP_MS = 1_000;
const LOOK_MS = 20;
const BODY_LIMIT_BYTES = 256 * 1024;

/** Any page may ask, without credentials: what a client may do is said by its signatures. */
const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
};
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'OPTIONS, POST',
  'Access-Control-Allow-Headers': 'Content-Type',
  'Access-Control-Max-Age': '86400',
};

export interface FallbackOptions {
  readonly server: PusherServer;
  readonly settings: Pick<Settings, 'TRUSTED_PROXIES'>;
  readonly limits: ConnectionLimits;
  readonly overload: Overload;
  readonly takesTraffic: () => boolean;
  readonly log: Log;
  /** Before `/pusher/app/…`; empty, or with a slash in front. */
  readonly pathPrefix: string;
  /** The name by which clients reach this gateway and no other; null where the load balancer hashes by path. */
  readonly hostname: string | null;
}

const readText = text({ type: () => true, limit: BODY_LIMIT_BYTES });

/**
 * The HTTP fallback of pusher-js, for clients whose network lets no WebSocket through: the framing of SockJS under
 * `/pusher/app/<key>/<server>/<session>/{xhr_streaming,xhr,xhr_send}`. A session lives in one gateway, so all requests with the
 * same `<server>/<session>` have to come to the same one.
 */
export class Fallback {
  readonly #options: FallbackOptions;
  readonly #sessions = new Map<string, XhrSession>();
  readonly #responses = new Set<ServerResponse>();
  readonly #endBeat: () => void;

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#endBeat = onBeat(SWEEP_MS, () => {
      const now = performance.now();
      for (const { transport } of this.#sessions.values()) transport.check(now);
    });
  }

  /** To be mounted before whatever reads bodies. What is none of its paths goes on to `next`. */
  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    const path = parseFallbackPath(request.path, this.#options.pathPrefix);
    if (!path) {
      next();
      return;
    }
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, PREFLIGHT).end();
    } else if (request.method !== 'POST') {
      response.writeHead(405, { Allow: 'OPTIONS, POST' }).end();
    } else if (path.action === 'xhr_send') {
      this.#takeMessages(path, request, response);
    } else {
      this.#giveMessages(path, request, response);
    }
  };

  /** Resolves when every client whose connection was closed has been told; who does not ask for it within that time is not. */
  async told(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (this.#sessions.size + this.#responses.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    for (const response of this.#responses) response.destroy();
  }

  close(): void {
    this.#endBeat();
    for (const { transport } of this.#sessions.values()) transport.terminate();
    for (const response of this.#responses) response.destroy();
  }

  #giveMessages(path: FallbackPath, request: Request, response: Response): void {
    let session = this.#sessions.get(path.session);
    if (!session && !this.#options.takesTraffic()) {
      // A load balancer takes another gateway then.
      response.writeHead(503).end();
      return;
    }
    request.resume();
    if (!session && !this.#mayOpen(request, response)) return;
    response.on('error', (error) => {
      this.#options.log.debug('pusher: a response of the fallback failed', {
        error: error.message,
      });
    });
    this.#responses.add(response);
    response.once('close', () => this.#responses.delete(response));
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    session ??= this.#open(path, request);
    const receiver = new Receiver(response, path.action === 'xhr' ? 'xhr' : 'xhr_streaming');
    if (!session.attach(receiver)) receiver.end(closeFrame(2010, 'Another connection still open'));
  }

  #takeMessages({ session: id }: FallbackPath, request: Request, response: Response): void {
    const answer = (status: number, body?: string) => {
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(body);
    };
    if (!this.#sessions.has(id)) {
      answer(404);
      return;
    }
    readText(request, response, (error?: unknown) => {
      if (error !== undefined) {
        answer((error as { status?: number }).status ?? 400);
        return;
      }
      const messages = parseMessages(request.body);
      if (typeof messages === 'string') {
        answer(400, messages);
        return;
      }
      const session = this.#sessions.get(id);
      if (!session) {
        answer(404);
        return;
      }
      session.receive(messages).then(
        () => {
          answer(204);
        },
        (failure: unknown) => {
          this.#options.log.error('pusher: a message of the fallback failed', {
            error: failure instanceof Error ? failure.stack : String(failure),
          });
          answer(500);
        },
      );
    });
  }

  /** False where nobody can be taken now, or its address has all the connections that it may have: that was answered. */
  #mayOpen(request: Request, response: Response): boolean {
    const { limits, overload, settings } = this.#options;
    const refusal = overload.refusal() ?? limits.refusalOf(clientAddress(request, settings), null);
    if (!refusal) return true;
    const { retryAfterMs = 1_000 } = refusal.details;
    response.setHeader('Retry-After', retryAfterSeconds(retryAfterMs));
    response.status(refusal.status).json(refusal.toData());
    return false;
  }

  #open({ key, session: id }: FallbackPath, request: Request): XhrSession {
    const { settings, limits } = this.#options;
    const address = clientAddress(request, settings);
    const handshake: Handshake = {
      key,
      query: new URLSearchParams(request.originalUrl.split('?')[1]),
      isSecure: isSecure(request, settings),
      address,
      userAgent: request.headers['user-agent'] ?? '',
    };
    const onOver = () => {
      this.#sessions.delete(id);
      limits.delete(address, null);
    };
    const session = new XhrSession(handshake, { ...this.#options, onOver });
    this.#sessions.set(id, session);
    limits.add(address, null);
    return session;
  }
}

/** The messages of a send; a text that says what is wrong with it, as SockJS does, whose 500 would be a failure of ours. */
function parseMessages(body: unknown): string[] | string {
  if (typeof body !== 'string' || body === '') return 'Payload expected.';
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'Broken JSON encoding.';
  }
  if (!Array.isArray(parsed) || !parsed.every((it) => typeof it === 'string')) {
    return 'Payload expected.';
  }
  return parsed;
}
