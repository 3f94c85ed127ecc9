import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import type { Log } from '../../log';
import { API_ERRORS } from './api-error';
import type { Health } from './health';
import type { PusherMetrics } from './pusher-metrics';
import { replyError, replyJson } from './reply';

export interface MetricsServerOptions {
  host: string;
  port: number;
  /** Before the names of what Node tells of itself. */
  prefix: string;
  metrics: PusherMetrics;
  health: Health;
  log: Log;
}

/** Soketi's second server: health, and metrics for Prometheus, on a port that need not be public. */
export class MetricsServer {
  readonly #server: Server;
  readonly #options: MetricsServerOptions;

  private constructor(options: MetricsServerOptions) {
    this.#options = options;
    collectDefaultMetrics({ register: options.metrics.registry, prefix: options.prefix });
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Resolves when it listens. */
  static async start(options: MetricsServerOptions): Promise<MetricsServer> {
    const server = new MetricsServer(options);
    server.#server.listen(options.port, options.host);
    await once(server.#server, 'listening');
    return server;
  }

  /** Where it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeIdleConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { health } = this.#options;
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    switch (path) {
      case '/':
        health.alive(response);
        break;
      case '/ready':
        health.ready(response);
        break;
      case '/usage':
        health.usage(response);
        break;
      case '/metrics':
        await this.#answerMetrics(response, Boolean(new URLSearchParams(query).get('json')));
        break;
      default:
        response.writeHead(404).end();
    }
  }

  async #answerMetrics(response: ServerResponse, asJson: boolean): Promise<void> {
    const { metrics, log } = this.#options;
    const { registry } = metrics;
    try {
      if (asJson) {
        replyJson(response, 200, JSON.stringify(await registry.getMetricsAsJSON()));
      } else {
        const text = await registry.metrics();
        response.setHeader('Content-Type', registry.contentType);
        response.end(text);
      }
    } catch (error) {
      log.error('pusher: the metrics cannot be read', { error: String(error) });
      replyError(response, API_ERRORS.failed());
    }
  }
}
