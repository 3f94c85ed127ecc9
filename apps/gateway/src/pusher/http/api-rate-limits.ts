import type { Redis } from 'ioredis';
import { RateLimiterRes, type RateLimiterLike } from 'rate-limiter-flexible';
import { createLimiter } from '../../rate-limiter';
import type { PusherApp } from '../app';
import { API_ERRORS } from './api-error';

/** What an app may do so often in a second: publish (one for each message and channel), and read. */
const LIMITS = {
  events: (app: PusherApp) => app.maxBackendEventsPerSecond,
  reads: (app: PusherApp) => app.maxReadRequestsPerSecond,
} as const;

type Limited = keyof typeof LIMITS;
type Headers = Record<string, string>;

function toHeaders(limit: number, result: RateLimiterRes): Headers {
  return {
    'Retry-After': String(result.msBeforeNext / 1_000),
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(result.remainingPoints),
  };
}

/**
 * The limits of the apps, in windows of one second: over all gateways where Redis counts. While it is away each gateway counts for
 * itself: nobody waits for it, and nobody is let through without being counted.
 */
export class ApiRateLimits {
  /** By what is limited and the limit: apps of the same limit share a limiter, each with its own count. */
  readonly #limiters = new Map<string, RateLimiterLike>();

  /** `redis` where it counts. */
  constructor(private readonly redis: Redis | null) {}

  /**
   * Counts `points` more. Returns the headers that tell the app how much it has left; none where it has no limit.
   *
   * @throws {ApiError} 429
   */
  async take(limited: Limited, app: PusherApp, points: number): Promise<Headers> {
    const limit = LIMITS[limited](app);
    if (limit < 0) return {};
    try {
      return toHeaders(limit, await this.#limiter(limited, limit).consume(app.id, points));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw API_ERRORS.tooManyRequests(toHeaders(limit, error));
    }
  }

  #limiter(limited: Limited, points: number): RateLimiterLike {
    const name = `${limited}:${String(points)}`;
    let limiter = this.#limiters.get(name);
    if (!limiter) {
      const keyPrefix = `hubbub:pusher-limit:${limited}`;
      limiter = createLimiter({ keyPrefix, points, seconds: 1 }, this.redis);
      this.#limiters.set(name, limiter);
    }
    return limiter;
  }
}
