import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Refusal } from '../refusal';
import { Database } from '../store/database';
import { REDIS } from '../tokens';
import { Drain } from './drain';
import { Metrics } from './metrics';

const RETRY_MS = 1_000;

/** What operations ask a gateway. */
@Controller()
export class OpsController {
  readonly #database: Database;
  readonly #drain: Drain;
  readonly #metrics: Metrics;
  readonly #redis: Redis | null;

  constructor(
    database: Database,
    drain: Drain,
    metrics: Metrics,
    @Inject(REDIS) redis: Redis | null,
  ) {
    this.#database = database;
    this.#drain = drain;
    this.#metrics = metrics;
    this.#redis = redis;
  }

  /** The process answers. It says nothing of the database: restarting a gateway mends no database. */
  @Get('/healthz')
  @Header('Cache-Control', 'no-store')
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Takes traffic. @throws {Refusal} `unavailable` while it drains, or without a database. */
  @Get('/readyz')
  @Header('Cache-Control', 'no-store')
  async ready(): Promise<{ status: 'ok' }> {
    const refusal = (message: string) =>
      new Refusal('unavailable', message, { retryAfterMs: RETRY_MS });
    if (this.#drain.isDraining) throw refusal('this gateway is going away');
    if (!(await this.#database.isReachable())) throw refusal('the database does not answer');
    return { status: 'ok' };
  }

  /** For Prometheus. */
  @Get('/metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async metrics(): Promise<string> {
    this.#metrics.databaseUp.set((await this.#database.isReachable()) ? 1 : 0);
    this.#metrics.redisUp.set(this.#redis === null || this.#redis.status === 'ready' ? 1 : 0);
    return this.#metrics.registry.metrics();
  }
}
