/**
 * The protocol's constants: names, limits, and the two tables of codes. Nothing here needs a schema library,
 * so a browser bundle may import it alone.
 */

/** WebSocket subprotocol (P1). Echoed if offered, and not required. */
export const SUBPROTOCOL = 'hubbub.v1';

/** The session cookie (P2). */
export const SESSION_COOKIE = 'hubbub_session';

/** Sizes end in `Bytes`, durations in `Ms`, everything else is a count. */
export const LIMITS = {
  /** The largest frame that a client may send; a larger one closes 1009 (P1). */
  frameBytes: 16 * 1024,
  /** The longest message, in Unicode code points. */
  textChars: 200,
  /** Rooms joined by one connection at a time. */
  rooms: 50,
  /** The gateway pings this often; silence for two of them closes 4408 (P5). */
  heartbeatMs: 25_000,
  /** A `join` with `after` answers with up to this many entries, else with the latest `joinLatest` (P12). */
  joinResume: 500,
  joinLatest: 100,
  /** A `join` without `after` answers with this many. */
  joinFirst: 50,
  /** The most entries that one `history` request returns. */
  historyPage: 200,
  /** This many bad frames in a minute close 4400 (P7). */
  badFramesPerMinute: 20,
  keyCharsMin: 8,
  keyCharsMax: 64,
  nameCharsMax: 32,
  slugCharsMax: 48,
  titleCharsMax: 100,
  likesPerRequest: 20,
  /** The longest mute: a year. */
  muteSecondsMax: 365 * 24 * 3600,
  slowModeMsMax: 10 * 60 * 1000,
} as const;

/** Every code of an `error` reply and of an HTTP error, with the HTTP status that it takes. */
export const ERROR_CODES = {
  bad_frame: 400,
  unknown_event: 400,
  invalid: 400,
  too_long: 400,
  unauthenticated: 401,
  forbidden: 403,
  banned: 403,
  muted: 403,
  not_joined: 409,
  conflict: 409,
  not_found: 404,
  rejected: 422,
  too_many_rooms: 429,
  slow_mode: 429,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What a client does after a close: give up, sign in first, or come back with backoff or after a named time. */
export type ComeBack = 'no' | 'after-sign-in' | 'backoff';

/** Close codes of our own and those of RFC 6455 that the gateway uses. */
export const CLOSE_CODES = {
  notText: { code: 1003, comeBack: 'no' },
  tooLarge: { code: 1009, comeBack: 'no' },
  goingAway: { code: 1012, comeBack: 'backoff' },
  badFrames: { code: 4400, comeBack: 'no' },
  sessionEnded: { code: 4401, comeBack: 'after-sign-in' },
  banned: { code: 4403, comeBack: 'no' },
  silent: { code: 4408, comeBack: 'backoff' },
  tooSlow: { code: 4413, comeBack: 'backoff' },
  tooMany: { code: 4429, comeBack: 'backoff' },
  overloaded: { code: 4503, comeBack: 'backoff' },
} as const satisfies Record<string, { code: number; comeBack: ComeBack }>;

export type CloseReason = keyof typeof CLOSE_CODES;

/** Reconnect backoff: exponential with full jitter, reset after a connection has been good for `resetAfterMs`. */
export const BACKOFF = { firstMs: 500, maxMs: 20_000, resetAfterMs: 30_000 } as const;

/** Where a bullet comment flies: across, or still at the top or the bottom. */
export const DANMAKU_MODES = ['scroll', 'top', 'bottom'] as const;
export const DANMAKU_SIZES = ['small', 'normal', 'large'] as const;
