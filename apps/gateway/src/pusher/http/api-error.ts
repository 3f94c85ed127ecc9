import { retryAfterSeconds } from '../../refusal';

/**
 * A request to the HTTP API that is answered with `{"error": text, "code": status}`. The texts are those of Soketi where it has
 * one, for its users may look for them.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const API_ERRORS = {
  incorrect: () => new ApiError(400, 'The received data is incorrect'),
  badSocketId: () => new ApiError(400, 'The socket id is not valid.'),
  tooManyChannels: (max: number) =>
    new ApiError(400, `Cannot broadcast to more than ${String(max)} channels at once`),
  batchTooLarge: (max: number) =>
    new ApiError(400, `Cannot batch-send more than ${String(max)} messages at once`),
  eventNameTooLong: (max: number) =>
    new ApiError(400, `Event name is too long. Maximum allowed size is ${String(max)}.`),
  channelNotAllowed: (text: string) => new ApiError(400, text),
  notPresence: () => new ApiError(400, 'The channel must be a presence channel.'),
  noSuchAttribute: (name: string) =>
    new ApiError(400, `The attribute ${name} is not available here.`),
  usersNeedPresencePrefix: () =>
    new ApiError(
      400,
      'user_count may only be requested for presence channels: filter_by_prefix has to begin with presence-.',
    ),
  unauthenticated: () => new ApiError(401, 'The secret authentication failed'),
  expired: (given: string) =>
    new ApiError(
      401,
      `Timestamp expired: ${given} is not within 600 s of the server's ${String(Math.floor(Date.now() / 1000))}.`,
    ),
  disabled: () => new ApiError(403, 'The app is not enabled.'),
  unknownApp: (id: string) => new ApiError(404, `The app ${id} could not be found.`),
  eventTooLarge: (kb: number) =>
    new ApiError(413, `The event data should be less than ${String(kb)} KB.`),
  bodyTooLarge: () => new ApiError(413, 'The payload size is too big.'),
  tooManyRequests: (headers: Record<string, string>) =>
    new ApiError(429, 'Too many requests.', headers),
  failed: () => new ApiError(500, 'A server error has occurred.'),
  closing: () => new ApiError(500, 'The server is closing. Choose another server. :)'),
  lowOnMemory: () => new ApiError(500, 'Low on memory here. Choose another server. :)'),
  unavailable: (retryAfterMs: number) =>
    new ApiError(503, 'This cannot be answered now. Try again later.', {
      'Retry-After': String(retryAfterSeconds(retryAfterMs)),
    }),
} as const;
