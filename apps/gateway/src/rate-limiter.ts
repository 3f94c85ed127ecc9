import type { Redis } from 'ioredis';
import {
  RLWrapperTimeouts,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterLike,
} from 'rate-limiter-flexible';

/** Redis answers within this time, or the limit is counted here. */
const REDIS_PATIENCE_MS = 250;

interface RateLimit {
  /** Of its keys in Redis. */
  keyPrefix: string;
  /** So many in so many seconds, for each key. */
  points: number;
  seconds: number;
}

/**
 * Counts over all gateways where `redis` is given. While Redis is away each gateway counts for itself: nobody waits for it, and
 * nobody is let through without being counted.
 */
export function createLimiter(limit: RateLimit, redis: Redis | null): RateLimiterLike {
  const { keyPrefix, points, seconds } = limit;
  const options = { keyPrefix, points, duration: seconds };
  const memory = new RateLimiterMemory(options);
  if (!redis) return memory;
  const shared = new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
  });
  return new RLWrapperTimeouts({ keyPrefix, limiter: shared, timeoutMs: REDIS_PATIENCE_MS });
}
