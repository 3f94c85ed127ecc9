import { ERROR_CODES, type ErrorCode, type ErrorData } from '@hubbub/protocol';

export interface RefusalDetails {
  /** When trying again may succeed. */
  retryAfterMs?: number;
  /** The field of the request that is at fault, as a path with dots. */
  field?: string;
}

/**
 * An expected failure: it is answered to its sender with its code, and never logged as a bug. Everything that is thrown and
 * is not a Refusal is a bug and becomes `internal`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
  }

  get status(): number {
    return ERROR_CODES[this.code];
  }

  /** The body of an `error` reply (P6) and of an HTTP error. */
  toData(): ErrorData {
    return { code: this.code, message: this.message, ...this.details };
  }
}

/** A time as the header `Retry-After` has it: whole seconds, and not at once (RFC 9110, 10.2.3). */
export function retryAfterSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
