import type { ErrorCode } from '@hubbub/protocol/tables';

/**
 * Codes of this side: `disconnected` (the connection was lost before the reply: the outcome is not known),
 * `timeout` (no reply in time, outcome not known either), `closed` (the app closed the client or left the room),
 * `outbox_full`, `discarded`, `other_user` (written as a user who is signed in no more).
 */
export type LocalErrorCode =
  'disconnected' | 'timeout' | 'closed' | 'outbox_full' | 'discarded' | 'other_user';
export type HubbubErrorCode = ErrorCode | LocalErrorCode;

export interface HubbubErrorDetail {
  /** Trying again earlier is in vain. */
  retryAfterMs?: number | undefined;
  /** The part of the request that is at fault. */
  field?: string | undefined;
}

/** An expected failure: of the gateway (its table of codes) or of the way to it. */
export class HubbubError extends Error {
  override readonly name = 'HubbubError';
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;

  constructor(
    readonly code: HubbubErrorCode,
    message: string,
    detail: HubbubErrorDetail = {},
  ) {
    super(message);
    this.retryAfterMs = detail.retryAfterMs;
    this.field = detail.field;
  }
}
