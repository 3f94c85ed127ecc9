import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { INestApplicationContext, WsMessageHandler } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { isObservable, lastValueFrom } from 'rxjs';
import type { RawData } from 'ws';
import type { Log } from '../log';
import type { Metrics } from '../ops/metrics';
import { Refusal } from '../refusal';
import { Connection } from './connection';
import { parseFrame } from './inbound';
import { Request } from './request';
import type { Admitted, Upgrade } from './upgrade';

type Door = Upgrade & { onConnection?: (connection: Connection, request: IncomingMessage) => void };

/** A database that is frozen, and not gone, answers nothing: its askers are answered after this. */
const ANSWER_WITHIN_MS = 5_000;

export interface WsAdapterOptions {
  upgrade: Upgrade;
  log: Log;
  metrics: Metrics;
}

/**
 * Nest's door to `ws`, without what the stock adapter loses: every frame is checked at one place and answered (bad JSON, unknown
 * events and throws included), the caller is known before the first frame, and requests are answered in their order.
 */
export class HubbubWsAdapter extends WsAdapter {
  readonly #options: WsAdapterOptions;
  #stopListening: (() => void) | undefined;

  constructor(app: INestApplicationContext, options: WsAdapterOptions) {
    super(app);
    this.#options = options;
  }

  override create(): Door {
    return this.#options.upgrade;
  }

  override bindClientConnect(
    door: Door,
    callback: (connection: Connection, request: IncomingMessage) => void,
  ): void {
    this.#stopListening = door.listen(this.httpServer as Server, (admitted, request) => {
      callback(this.#connect(admitted), request);
    });
  }

  override bindClientDisconnect(connection: Connection, callback: () => void): void {
    connection.ws.once('close', (code: number) => {
      this.#options.metrics.closes.inc({ code: String(code) });
      callback();
    });
  }

  override bindMessageHandlers(connection: Connection, handlers: WsMessageHandler[]): void {
    connection.ws.on('message', (data: RawData, isBinary: boolean) => {
      connection.heardAt = performance.now();
      if (isBinary) {
        connection.close('notText');
        return;
      }
      this.#take(connection, (data as Buffer).toString(), handlers);
    });
  }

  override async close(door: Door): Promise<void> {
    this.#stopListening?.();
    await new Promise<void>((resolve) => {
      door.server.close(() => {
        resolve();
      });
    });
  }

  #connect({ ws, session, address }: Admitted): Connection {
    const connection = new Connection(randomBytes(9).toString('base64url'), ws, session, address);
    ws.on('pong', () => {
      connection.heardAt = performance.now();
    });
    ws.on('error', (error) => {
      // A frame that breaks RFC 6455 or is too large: `ws` has sent the close by itself.
      this.#options.log.debug('socket: closed for its frames', {
        connection: connection.id,
        error: error.message,
      });
    });
    return connection;
  }

  #take(connection: Connection, text: string, handlers: WsMessageHandler[]): void {
    if (!connection.isOpen) return;
    const inbound = parseFrame(text);
    if (inbound.kind === 'bad') {
      this.#options.metrics.framesIn.inc({ event: 'unknown', outcome: inbound.refusal.code });
      connection.answerBad(inbound.id, inbound.refusal);
      return;
    }
    const { id, event, data } = inbound;
    this.#options.metrics.framesIn.inc({ event, outcome: 'ok' });
    const lane = (data as { room?: string }).room ?? '';
    const request = new Request(id, event, data, () => {
      connection.lanes.settle(lane);
      connection.balance();
    });
    const handler = handlers.find(({ message }) => message === event);
    connection.lanes.add(lane, request, event === 'send', () => {
      void this.#run(request, handler);
    });
    connection.balance();
  }

  async #run(request: Request, handler: WsMessageHandler | undefined): Promise<void> {
    // A send has its own bound, at the room log.
    const deadline =
      request.event === 'send'
        ? undefined
        : setTimeout(() => {
            request.fail(
              new Refusal('unavailable', 'this takes too long now', { retryAfterMs: 1_000 }),
            );
          }, ANSWER_WITHIN_MS);
    try {
      if (!handler) throw new Error(`no handler for ${request.event}`);
      const returned: unknown = await handler.callback(request);
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
