import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { SessionUser } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import type { Request } from 'express';
import type { Session } from '../accounts/session';

/** Who sent a request, as `ApiGuard` found it. */
export interface Caller {
  session: Session | null;
  user: SessionUser | null;
  address: string;
  /** True where they speak https. */
  isSecure: boolean;
}

export interface ApiRequest extends Request {
  caller?: Caller;
}

/** The caller of this request. The controller has to be behind `ApiGuard`. */
export const From = createParamDecorator((_: undefined, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<ApiRequest>();
  if (!caller) throw new Error('this controller is not behind ApiGuard');
  return caller;
});

/** @throws {Refusal} `forbidden`. */
export function assertAdmin({ user }: Caller): void {
  if (user?.role !== 'admin') throw new Refusal('forbidden', 'this is for admins');
}
