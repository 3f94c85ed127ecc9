/**
 * The tables of the Pusher Channels protocol, version 7
 * (https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/): what is sent when something is wrong. The
 * texts are those of Soketi where it has one, for its users may look for them.
 */

/** What a client is told, and does: 4000–4099 never comes back, 4100–4199 after a second, 4200–4299 at once. */
export interface Fault {
  readonly code: number;
  readonly message: string;
}

/** A connection is refused or ended: `pusher:error`, then a close with the same code. */
export const CLOSES = {
  tlsOnly: {
    code: 4000,
    message: 'Application only accepts SSL connections, reconnect using wss://',
  },
  unknownApp: (key: string): Fault => ({ code: 4001, message: `App key ${key} does not exist.` }),
  disabledApp: { code: 4003, message: 'The app is not enabled.' },
  overQuota: {
    code: 4004,
    message: 'The current concurrent connections quota has been reached.',
  },
  noSuchPath: { code: 4005, message: 'Path not found' },
  badVersion: { code: 4006, message: 'Invalid version string format' },
  unsupportedVersion: { code: 4007, message: 'Unsupported protocol version' },
  noVersion: { code: 4008, message: 'No protocol version supplied' },
  unauthorized: { code: 4009, message: 'Connection not authorized.' },
  unauthorizedInTime: { code: 4009, message: 'Connection not authorized within timeout.' },
  noUserId: { code: 4009, message: 'The returned user data must contain the "id" field.' },
  userIdTooLong: (max: number): Fault => ({
    code: 4009,
    message: `The user id is longer than the allowed ${String(max)} characters.`,
  }),
  terminated: { code: 4009, message: 'You got disconnected by the app.' },
  unavailable: { code: 4100, message: 'The app cannot be looked up now. Try again later.' },
  overCapacity: { code: 4100, message: 'Over capacity. Try again later.' },
  tooManyOfUser: { code: 4100, message: 'This user has too many connections. Try again later.' },
  tooManyMessages: { code: 4100, message: 'This connection sends too many messages.' },
  tooSlow: { code: 4100, message: 'This connection does not read what it is sent.' },
  closing: { code: 4200, message: 'Server is closing. Please reconnect shortly.' },
  closed: { code: 4200, message: 'Server closed. Please reconnect shortly.' },
  silent: { code: 4201, message: 'Pong reply not received' },
  inactive: { code: 4202, message: 'Closed after inactivity' },
} as const;

/** `pusher:error` to a connection that goes on. */
export const ERRORS = {
  clientEventsOff: { code: 4301, message: 'The app does not have client messaging enabled.' },
  clientEventNameTooLong: (max: number): Fault => ({
    code: 4301,
    message: `Event name is too long. Maximum allowed size is ${String(max)}.`,
  }),
  clientEventTooLarge: (kb: number): Fault => ({
    code: 4301,
    message: `The event data should be less than ${String(kb)} KB.`,
  }),
  clientEventsTooFast: {
    code: 4301,
    message: 'The rate limit for sending client events exceeded the quota.',
  },
  tooManyMessages: (waitMs: number): Fault => ({
    code: 4301,
    message: `Too many messages: this one was not taken. Try again in ${String(waitMs)} ms.`,
  }),
  clientEventNotHere: {
    code: 4301,
    message: 'Client events are for private and presence channels that you are subscribed to.',
  },
  watchlistTooLong: {
    code: 4302,
    message: 'The watchlist has more than 100 users: the first 100 are watched.',
  },
  notUnderstood: { code: 4303, message: 'This is no message of the Pusher Channels protocol.' },
} as const;

/** `data` of `pusher:subscription_error`. */
export interface SubscriptionError {
  readonly type?: string;
  readonly error: string;
  readonly status: number;
}

export const SUBSCRIPTION_ERRORS = {
  unauthorized: { type: 'AuthError', error: 'The connection is unauthorized.', status: 401 },
  badMember: {
    type: 'AuthError',
    error: 'The channel_data must be a JSON object with a user_id.',
    status: 401,
  },
  nameTooLong: (max: number): SubscriptionError => ({
    type: 'LimitReached',
    error: `The channel name is longer than the allowed ${String(max)} characters.`,
    status: 4009,
  }),
  nameNotAllowed: {
    error:
      'The channel name is not allowed. Read channel conventions: https://pusher.com/docs/channels/using_channels/channels/#channel-naming-conventions',
    status: 4009,
  },
  full: {
    type: 'LimitReached',
    error: 'The maximum members per presence channel limit was reached',
    status: 4100,
  },
  memberTooLarge: (kb: number): SubscriptionError => ({
    type: 'LimitReached',
    error: `The maximum size for a channel member is ${String(kb)} KB.`,
    status: 4301,
  }),
  // "occured" is what clients of Soketi have seen since its first release.
  failed: { type: 'ServerError', error: 'A server error has occured.', status: 4302 },
} as const;

/** Seconds after which a client that has heard nothing pings. */
export const ACTIVITY_TIMEOUT_SECONDS = 30;
/** Versions of the protocol that differ only in what we have. */
export const VERSIONS = { from: 5, to: 7 } as const;
export const WATCHLIST_MAX = 100;

/** The text of a message without a channel. */
export function encodeEvent(event: string, data: unknown): string {
  return JSON.stringify({ event, data });
}

/** The text of a channel's event. `data` is given on as it is: a string stays one, and clients parse it. */
export function encodeChannelEvent(
  channel: string,
  { event, data, userId }: { event: string; data?: unknown; userId?: string },
): string {
  return JSON.stringify({ event, channel, data, user_id: userId });
}
