import { Controller, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { MeReply, SessionReply } from '@hubbub/protocol';
import type { Response } from 'express';
import { AccountsService, type SignedIn } from '../accounts/accounts.service';
import { addressGroup } from '../accounts/client-address';
import { RateLimits } from '../accounts/rate-limits';
import { clearedSessionCookie, sessionCookie } from '../accounts/session-cookie';
import { SessionRevocations } from '../accounts/session-revocations';
import { Refusal } from '../refusal';
import { ApiGuard } from './api.guard';
import { From, type Caller } from './caller';
import { DeadlineInterceptor } from './deadline.interceptor';
import { Handles, Input } from './operation.decorator';
import { OPERATIONS, type InputOf } from './operations';

function setCookie(response: Response, { token, session }: SignedIn, isSecure: boolean): void {
  const lifetimeMs = session.expiresAt - Date.now();
  response.append('Set-Cookie', sessionCookie(token, lifetimeMs, isSecure));
}

/** Signing in and out. */
@Controller()
@UseGuards(ApiGuard)
@UseInterceptors(DeadlineInterceptor)
export class SessionsController {
  readonly #accounts: AccountsService;
  readonly #rateLimits: RateLimits;
  readonly #revocations: SessionRevocations;

  constructor(accounts: AccountsService, rateLimits: RateLimits, revocations: SessionRevocations) {
    this.#accounts = accounts;
    this.#rateLimits = rateLimits;
    this.#revocations = revocations;
  }

  @Handles(OPERATIONS.signInAsGuest)
  async signInAsGuest(
    @From() caller: Caller,
    @Input(OPERATIONS.signInAsGuest) { body }: InputOf<typeof OPERATIONS.signInAsGuest>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionReply> {
    await this.#rateLimits.takeOfAddress('guests', caller.address);
    const signedIn = await this.#accounts.signInGuest(body.name);
    setCookie(response, signedIn, caller.isSecure);
    return { user: signedIn.session.user, token: signedIn.token };
  }

  @Handles(OPERATIONS.createAccount)
  async createAccount(
    @From() caller: Caller,
    @Input(OPERATIONS.createAccount) { body }: InputOf<typeof OPERATIONS.createAccount>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionReply> {
    const isAdmin = caller.user?.role === 'admin';
    if (!isAdmin) await this.#rateLimits.takeOfAddress('accounts', caller.address);
    const signedIn = await this.#accounts.create(body, caller.user);
    if (!isAdmin) setCookie(response, signedIn, caller.isSecure);
    return { user: signedIn.session.user, token: signedIn.token };
  }

  /** Counted before the password is looked at, and taken back where it was not wrong: many at once are counted as many. */
  @Handles(OPERATIONS.signIn)
  async signIn(
    @From() caller: Caller,
    @Input(OPERATIONS.signIn) { body }: InputOf<typeof OPERATIONS.signIn>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionReply> {
    const handleAndAddress = `${body.handle}@${addressGroup(caller.address)}`;
    await this.#rateLimits.takeOfAddress('signInsOfAddress', caller.address);
    await this.#rateLimits.take('signInsOfHandle', handleAndAddress);
    const takeBack = async () => {
      await this.#rateLimits.giveBack('signInsOfHandle', handleAndAddress);
      await this.#rateLimits.giveBackOfAddress('signInsOfAddress', caller.address);
    };
    const signedIn = await this.#accounts.signIn(body).catch(async (error: unknown) => {
      const isWrong = error instanceof Refusal && error.code === 'unauthenticated';
      if (!isWrong) await takeBack();
      throw error;
    });
    await takeBack();
    setCookie(response, signedIn, caller.isSecure);
    return { user: signedIn.session.user, token: signedIn.token };
  }

  @Handles(OPERATIONS.signOut)
  async signOut(
    @From() { session, isSecure }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    if (session && Number.isFinite(session.expiresAt)) await this.#revocations.revoke(session);
    response.append('Set-Cookie', clearedSessionCookie(isSecure));
  }

  @Handles(OPERATIONS.me)
  me(@From() { user }: Caller): MeReply {
    return { user };
  }
}
