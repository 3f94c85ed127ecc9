import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RateLimiterRes, type RateLimiterLike } from 'rate-limiter-flexible';
import type { Settings } from '../env';
import { createLimiter } from '../rate-limiter';
import { Refusal } from '../refusal';
import { REDIS, SETTINGS } from '../tokens';
import { addressGroup, addressWithin } from './client-address';

/** How often something may be done: `points` times in `seconds`, counted by what the comment names. */
const rulesOf = (settings: Settings) => ({
  /** Guests made, by address. */
  guests: { points: settings.GUESTS_PER_MINUTE, seconds: 60 },
  /** Accounts made, by address. */
  accounts: { points: 20, seconds: 3600 },
  /** Failed sign-ins, by handle and address. */
  signInsOfHandle: { points: settings.SIGN_IN_FAILURES, seconds: 900 },
  /** Failed sign-ins, by address. */
  signInsOfAddress: { points: settings.SIGN_IN_FAILURES_PER_ADDRESS, seconds: 900 },
  /** Rooms made, by user. */
  rooms: { points: 30, seconds: 3600 },
  /** REST requests that read and that write, by user, or by address for anonymous viewers. */
  reads: { points: 600, seconds: 60 },
  writes: { points: 120, seconds: 60 },
});

export type RateRule = keyof ReturnType<typeof rulesOf>;

/**
 * Limits over all gateways, counted in Redis. While Redis is away each gateway counts for itself: nobody waits for it, and
 * nobody is let through without being counted.
 */
@Injectable()
export class RateLimits {
  readonly #limiters: Record<RateRule, RateLimiterLike>;
  readonly #settings: Settings;

  constructor(@Inject(SETTINGS) settings: Settings, @Inject(REDIS) redis: Redis | null) {
    this.#settings = settings;
    this.#limiters = Object.fromEntries(
      Object.entries(rulesOf(settings)).map(([rule, limit]) => [
        rule,
        createLimiter({ keyPrefix: `hubbub:limit:${rule}`, ...limit }, redis),
      ]),
    ) as Record<RateRule, RateLimiterLike>;
  }

  /**
   * Counts one more for `key`.
   *
   * @throws {Refusal} `rate_limited`, with the time after which one is free again.
   */
  async take(rule: RateRule, key: string): Promise<void> {
    try {
      await this.#limiters[rule].consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new Refusal('rate_limited', 'too many requests: try again later', {
        retryAfterMs: Math.max(1, Math.ceil(error.msBeforeNext)),
      });
    }
  }

  /** As `take`, counted by user, or by address for whoever is nobody; RATE_LIMIT_EXEMPT addresses pass. */
  async takeOfCaller(
    rule: RateRule,
    { user, address }: { user: { id: string } | null; address: string },
  ): Promise<void> {
    if (this.#isExempt(address)) return;
    await this.take(rule, user ? user.id : addressGroup(address));
  }

  /** As `take`, counted by address; RATE_LIMIT_EXEMPT addresses pass. */
  async takeOfAddress(rule: RateRule, address: string): Promise<void> {
    if (this.#isExempt(address)) return;
    await this.take(rule, addressGroup(address));
  }

  /** Takes back what `take` has counted. */
  async giveBack(rule: RateRule, key: string): Promise<void> {
    await this.#limiters[rule].reward(key);
  }

  /** Takes back what `takeOfAddress` has counted. */
  async giveBackOfAddress(rule: RateRule, address: string): Promise<void> {
    if (this.#isExempt(address)) return;
    await this.giveBack(rule, addressGroup(address));
  }

  #isExempt(address: string): boolean {
    return addressWithin(address, this.#settings.RATE_LIMIT_EXEMPT);
  }
}
