import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { INestApplicationContext, WsMessageHandler } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ConnectionLimits } from '../accounts/connection-limits';
import { FLOOD_MS } from '../flow';
import type { Log } from '../log';
import type { Metrics } from '../ops/metrics';
import { Refusal } from '../refusal';
import { Connection, type ConnectionHost, type FrameTimes } from './connection';
import type { Connections } from './connections';
import { parseFrame } from './inbound';
import { Request } from './request';
import { TurnEnd } from './turn-end';
import { Turns } from './turns';
import { UnderWay } from './under-way';
import type { Admitted, Upgrade } from './upgrade';

type Handler = (request: Request) => Promise<unknown>;

/** A `send` that has waited so long for its turn is refused: this gateway has more to do than it can, and refusing is little work. */
const LATE_MS = 250;
/**
 * A database that is frozen, and not gone, answers nothing: its askers are answered after this. What was asked may still be done;
 * a `send` is known by its key when it comes again (P9).
 */
const ANSWER_WITHIN_MS = 3_000;
/** They count the time from when they came: one that waits behind others of its room does not wait for each of them so long. */
const COUNTED_FROM_ARRIVAL: ReadonlySet<string> = new Set(['join', 'send', 'history', 'read']);

export interface WsAdapterOptions {
  upgrade: Upgrade;
  connections: Connections;
  limits: ConnectionLimits;
  log: Log;
  metrics: Metrics;
}

/**
 * Nest's door to `ws`, without what the stock adapter loses: every frame is checked at one place and answered (bad JSON, unknown
 * events and throws included), the caller is known before the first frame, and requests are answered in their order.
 *
 * Nest's client is the door, once, and a request says which connection it came by. Otherwise every idle connection would hold what
 * Nest makes for a client: a bound handler for each event.
 */
export class HubbubWsAdapter extends WsAdapter implements ConnectionHost {
  readonly #options: WsAdapterOptions;
  readonly #handlers = new Map<string, Handler>();
  readonly turnEnd = new TurnEnd();
  readonly turns = new Turns();
  readonly underWay = new UnderWay();
  #stopListening: (() => void) | undefined;

  constructor(app: INestApplicationContext, options: WsAdapterOptions) {
    super(app);
    this.#options = options;
  }

  override create(): Upgrade {
    return this.#options.upgrade;
  }

  override bindClientConnect(door: Upgrade, callback: (client: Upgrade) => void): void {
    callback(door);
    this.#stopListening = door.listen(this.httpServer as Server, (admitted) => {
      this.#connect(admitted);
    });
  }

  override bindClientDisconnect(): void {
    // The door stays until `close`.
  }

  override bindMessageHandlers(_: Upgrade, handlers: WsMessageHandler[]): void {
    for (const { message, callback } of handlers) {
      this.#handlers.set(message, callback as Handler);
    }
  }

  override async close(door: Upgrade): Promise<void> {
    this.#stopListening?.();
    await new Promise<void>((resolve) => {
      door.server.close(() => {
        resolve();
      });
    });
  }

  received(connection: Connection, data: Buffer, { at, dueAt }: FrameTimes): void {
    const { metrics, limits } = this.#options;
    const waitMs = connection.flow?.takeFrame(data.length, at) ?? 0;
    if (waitMs > 0) limits.report('frames');
    if (waitMs > FLOOD_MS) {
      connection.shutOut('tooMany');
      return;
    }
    const inbound = parseFrame(data.toString());
    if (inbound.kind === 'bad') {
      metrics.framesIn.add('unknown', inbound.refusal.code);
      connection.answerBad(inbound.id, inbound.refusal);
      return;
    }
    const { id, event, data: asked } = inbound;
    if (waitMs > 0) {
      metrics.framesIn.add(event, 'rate_limited');
      const run = refuseFor(waitMs);
      connection.take(new Request({ connection, id, event, data: asked, at, run }));
      return;
    }
    const isLate = event === 'send' && performance.now() - dueAt > LATE_MS;
    metrics.framesIn.add(event, isLate ? 'unavailable' : 'ok');
    if (isLate) metrics.appendsRefused.inc();
    const run = isLate ? refuseLate : this.#start;
    connection.take(new Request({ connection, id, event, data: asked, at, run }));
  }

  /** A frame breaks RFC 6455 or is too large: `ws` has sent the close by itself. */
  broken(connection: Connection, error: Error): void {
    this.#options.log.debug('socket: closed for its frames', {
      connection: connection.id,
      error: error.message,
    });
  }

  closed(connection: Connection, code: number): void {
    this.#options.connections.closed(connection, code);
  }

  #connect({ ws, session, address }: Admitted): void {
    const id = randomBytes(9).toString('base64url');
    const { connections, limits } = this.#options;
    const flow = limits.flowOf(address, session?.user ?? null);
    const connection = new Connection({ id, ws, session, address, flow, host: this });
    connections.opened(connection);
    // With the answer to the upgrade, in one write.
    connection.flush();
  }

  readonly #start = (request: Request): void => {
    void this.#run(request);
  };

  async #run(request: Request): Promise<void> {
    const waitedMs = COUNTED_FROM_ARRIVAL.has(request.event) ? performance.now() - request.at : 0;
    if (waitedMs >= ANSWER_WITHIN_MS) {
      giveUpOn(request);
      return;
    }
    const deadline = setTimeout(giveUpOn, ANSWER_WITHIN_MS - waitedMs, request);
    try {
      const handler = this.#handlers.get(request.event);
      if (!handler) throw new Error(`no handler for ${request.event}`);
      const returned = await handler(request);
      // An interceptor makes the handler return an Observable.
      const data: unknown = isObservable(returned) ? await lastValueFrom(returned) : returned;
      // The exception filter has answered what was thrown; a handler that has answered by itself returns nothing.
      if (request.answer === undefined) request.ok((data as object | undefined) ?? {});
    } catch (error) {
      this.#options.log.error('socket: a request failed', {
        event: request.event,
        error: error instanceof Error ? error.stack : String(error),
      });
      request.fail(new Refusal('internal', 'something went wrong'));
    } finally {
      clearTimeout(deadline);
    }
  }
}

/** In its turn, as every answer (P7). */
function refuseFor(retryAfterMs: number) {
  return (request: Request): void => {
    request.fail(new Refusal('rate_limited', 'too many frames', { retryAfterMs }));
  };
}

function refuseLate(request: Request): void {
  // Not all at one moment, or they would meet again.
  const retryAfterMs = Math.round(LATE_MS * (1 + 3 * Math.random()));
  request.fail(new Refusal('unavailable', 'this gateway is behind', { retryAfterMs }));
}

function giveUpOn(request: Request): void {
  // Not all at one moment, or they would meet again.
  const retryAfterMs = Math.round(1_000 * (1 + Math.random()));
  request.fail(new Refusal('unavailable', 'this takes too long now', { retryAfterMs }));
}
