import { ERROR_CODES, type ErrorCode } from '@hubbub/protocol/tables';

/** `network`: no answer that the gateway could have given — offline, timed out, or something between answered. */
export type ApiErrorCode = ErrorCode | 'network';

/** Every failure of a request to `/api`, the gateway's own refusals and those on the way there. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The field of the request that the gateway found wrong. */
  readonly field: string | undefined;
  /** Asking again before this has passed is in vain. */
  readonly retryAfterMs: number | undefined;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(
    readonly code: ApiErrorCode,
    message: string,
    more: { field?: string | undefined; retryAfterMs?: number | undefined; status?: number } = {},
  ) {
    super(message);
    this.field = more.field;
    this.retryAfterMs = more.retryAfterMs;
    this.status = more.status ?? 0;
  }

  /** Whether trying the same again later may help. */
  get isPassing(): boolean {
    return this.code === 'network' || this.code === 'unavailable' || this.code === 'rate_limited';
  }

  /** What went wrong, from anything that was thrown. */
  static from(thrown: unknown): ApiError {
    if (thrown instanceof ApiError) return thrown;
    return new ApiError('network', thrown instanceof Error ? thrown.message : String(thrown));
  }

  /** From an answer that is not 2xx: the gateway's `{code, message, field?, retryAfterMs?}`, or what its status allows to say. */
  static async fromResponse(response: Response): Promise<ApiError> {
    const { status } = response;
    const body: unknown = await response.json().catch(() => null);
    const retryAfterMs = numberIn(body, 'retryAfterMs') ?? retryAfter(response.headers);
    const code = textIn(body, 'code');
    if (code !== undefined && isErrorCode(code)) {
      return new ApiError(code, textIn(body, 'message') ?? code, {
        field: textIn(body, 'field'),
        retryAfterMs,
        status,
      });
    }
    return new ApiError(codeOfStatus(status), `HTTP ${String(status)}`, { retryAfterMs, status });
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** An answer without a code did not come from the gateway's own code: a proxy's, mostly. */
function codeOfStatus(status: number): ApiErrorCode {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 429:
      return 'rate_limited';
    case 502:
    case 503:
    case 504:
      return 'unavailable';
    default:
      return status >= 500 ? 'internal' : 'invalid';
  }
}

/** `Retry-After` in seconds, as milliseconds; its date form is not used by the gateway. */
function retryAfter(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function valueIn(body: unknown, key: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, key) : undefined;
}
function textIn(body: unknown, key: string): string | undefined {
  const value = valueIn(body, key);
  return typeof value === 'string' ? value : undefined;
}
function numberIn(body: unknown, key: string): number | undefined {
  const value = valueIn(body, key);
  return typeof value === 'number' ? value : undefined;
}
