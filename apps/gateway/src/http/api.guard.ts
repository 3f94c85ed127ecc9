import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { Authenticator, bearerToken } from '../accounts/authenticator';
import { clientAddress, isSecure, originAllowed } from '../accounts/client-address';
import { RateLimits } from '../accounts/rate-limits';
import { clearedSessionCookie, readSessionCookie } from '../accounts/session-cookie';
import { isTrusted, type Session } from '../accounts/session';
import type { Settings } from '../env';
import { Refusal } from '../refusal';
import { SETTINGS } from '../tokens';
import type { ApiRequest, Caller } from './caller';
import { operationOf } from './operation.decorator';
import { OPERATIONS, type Operation } from './operations';

/** Whoever signs in is not refused for what is left in the browser of an earlier session. */
const SIGNS_IN: ReadonlySet<Operation> = new Set<Operation>([
  OPERATIONS.signIn,
  OPERATIONS.signInAsGuest,
  OPERATIONS.createAccount,
]);

/** Before every route under /api: who is it, does a foreign page speak for them, and do they ask too much. */
@Injectable()
export class ApiGuard implements CanActivate {
  readonly #authenticator: Authenticator;
  readonly #rateLimits: RateLimits;
  readonly #settings: Settings;

  constructor(
    authenticator: Authenticator,
    rateLimits: RateLimits,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.#authenticator = authenticator;
    this.#rateLimits = rateLimits;
    this.#settings = settings;
  }

  /** @throws {Refusal} `forbidden`, `unauthenticated`, `rate_limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = operationOf(context);
    const http = context.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    if (operation.method !== 'get') this.#assertOwnPage(request);
    const session = this.#authenticate(request, http.getResponse<Response>(), operation);
    const caller: Caller = {
      session,
      user: session?.user ?? null,
      address: clientAddress(request, this.#settings),
      isSecure: isSecure(request, this.#settings),
    };
    request.caller = caller;
    await this.#assertNotTooMuch(operation, caller);
    if (operation.needsSession && !session) throw new Refusal('unauthenticated', 'sign in first');
    return true;
  }

  /**
   * A page of another site can make a browser send the cookie, but no Authorization header: so whatever changes something and
   * has no such header has to come from our own pages, or from no browser at all.
   */
  #assertOwnPage(request: ApiRequest): void {
    if (bearerToken(request) || originAllowed(request, this.#settings)) return;
    throw new Refusal('forbidden', 'this page may not do that here: its origin is not allowed');
  }

  #authenticate(request: ApiRequest, response: Response, operation: Operation): Session | null {
    try {
      return this.#authenticator.authenticate(request);
    } catch (error) {
      if (!readSessionCookie(request)) throw error;
      if (SIGNS_IN.has(operation)) return null;
      // A browser would send the bad cookie for ever, and no page could take it away.
      const isHttps = isSecure(request, this.#settings);
      response.append('Set-Cookie', clearedSessionCookie(isHttps));
      throw error;
    }
  }

  async #assertNotTooMuch(operation: Operation, { user, address }: Caller): Promise<void> {
    if (user && isTrusted(user)) return;
    // How often somebody may speak is the room's business.
    if (user && operation === OPERATIONS.sendMessage) return;
    const rule = operation.method === 'get' ? 'reads' : 'writes';
    await this.#rateLimits.takeOfCaller(rule, { user, address });
  }
}
