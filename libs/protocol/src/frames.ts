import { z } from 'zod';
import { Cursor, Entry, RoomRole, Sequence, TimeMs, UserRole } from './entry';
import { ERROR_CODES, type ErrorCode } from './tables';
import { MessageKey } from './requests';

export const SessionUser = z.object({ id: z.string(), name: z.string(), role: UserRole });
export type SessionUser = z.infer<typeof SessionUser>;

/** What everybody may know of a room. */
export const RoomDescription = z.object({
  slug: z.string(),
  title: z.string(),
  state: z.enum(['live', 'offline']),
  visibility: z.enum(['public', 'unlisted', 'private']),
  owner: z.object({ id: z.string(), name: z.string() }).nullable(),
  streamUrl: z.string().nullable(),
  slowModeMs: z.int(),
  createdAt: TimeMs,
});
export type RoomDescription = z.infer<typeof RoomDescription>;

export const WelcomeData = z.object({
  connection: z.string(),
  gateway: z.string(),
  user: SessionUser.nullable(),
  now: TimeMs,
  heartbeatMs: z.int(),
  limits: z.object({ frameBytes: z.int(), textChars: z.int(), rooms: z.int() }),
});
export type WelcomeData = z.infer<typeof WelcomeData>;

/** Entries `from…to` of a room, in sequence; `omitted` of them are left out and can be paged (P11). */
export const LogData = z.object({
  room: z.string(),
  from: Sequence,
  to: Sequence,
  entries: z.array(Entry),
  omitted: z.int().min(1).optional(),
});
export type LogData = z.infer<typeof LogData>;

export const PulseData = z.object({
  room: z.string(),
  viewers: z.int().min(0),
  likes: z.int().optional(),
  typing: z.array(z.string()).optional(),
});
export type PulseData = z.infer<typeof PulseData>;

export const NoticeData = z.object({
  code: z.literal('drain'),
  reconnectInMs: z.int().min(0),
});
export type NoticeData = z.infer<typeof NoticeData>;

export const ErrorData = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  retryAfterMs: z.int().min(0).optional(),
  field: z.string().optional(),
});
export type ErrorData = z.infer<typeof ErrorData>;

/** The `ok` data of each request. */
export const REPLIES = {
  join: z.object({
    room: RoomDescription,
    head: Cursor,
    viewers: z.int().min(0),
    you: z.object({ role: RoomRole, mutedUntil: TimeMs.nullable() }),
    entries: z.array(Entry),
    omitted: z.int().min(1).optional(),
  }),
  leave: z.object({}),
  send: z.object({
    seq: Sequence,
    at: TimeMs,
    key: MessageKey,
    duplicate: z.literal(true).optional(),
  }),
  history: z.object({ entries: z.array(Entry), more: z.boolean() }),
  delete: z.object({ seq: Sequence }),
  mute: z.object({ seq: Sequence }),
  unmute: z.object({ seq: Sequence }),
  like: z.object({}),
  typing: z.object({}),
  read: z.object({}),
  ping: z.object({ now: TimeMs }),
} as const;
export type ReplyData<E extends keyof typeof REPLIES> = z.infer<(typeof REPLIES)[E]>;

export const OkFrame = z.object({
  event: z.literal('ok'),
  id: z.int(),
  data: z.record(z.string(), z.unknown()),
});
export const ErrorFrame = z.object({
  event: z.literal('error'),
  id: z.int().nullable(),
  data: ErrorData,
});

/** Every frame that a gateway sends. */
export const ServerFrame = z.discriminatedUnion('event', [
  z.object({ event: z.literal('welcome'), data: WelcomeData }),
  OkFrame,
  ErrorFrame,
  z.object({ event: z.literal('log'), data: LogData }),
  z.object({ event: z.literal('pulse'), data: PulseData }),
  z.object({ event: z.literal('notice'), data: NoticeData }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
