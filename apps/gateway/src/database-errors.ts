import { Refusal } from './refusal';

/** Codes of the system and of MySQL that say: not now. They come from mysql2 and are passed on by TypeORM. */
const UNAVAILABLE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_CLOSED',
  'POOL_NONEAVAILABLE',
]);
const UNAVAILABLE_SQLITE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|PROTOCOL)/;
const UNAVAILABLE_MESSAGE =
  /connection is closed|connection is in closed state|connection is not open|not connected|pool is closed|queue limit reached|no connections available/i;

interface Failure {
  code?: unknown;
  message?: unknown;
  cause?: unknown;
  /** Of TypeORM's QueryFailedError. */
  driverError?: unknown;
  /** Of an AggregateError: a host with several addresses. */
  errors?: unknown;
}

function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null;
}

/** True where an error says that the database cannot be reached or cannot serve just now; trying again later may help. */
export function isDatabaseUnavailable(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; isFailure(cause) && depth < 5; depth++) {
    const { code, message, errors } = cause;
    if (typeof code === 'string' && (UNAVAILABLE_CODES.has(code) || UNAVAILABLE_SQLITE.test(code)))
      return true;
    if (typeof message === 'string' && UNAVAILABLE_MESSAGE.test(message)) return true;
    if (Array.isArray(errors) && errors.some(isDatabaseUnavailable)) return true;
    cause = cause.driverError ?? cause.cause;
  }
  return false;
}

const RETRY_AFTER_MS = 2_000;

/** What a failure that is the database's is answered with; null for every other one. */
export function databaseRefusal(error: unknown): Refusal | null {
  if (!isDatabaseUnavailable(error)) return null;
  return new Refusal('unavailable', 'the database does not answer: try again later', {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
