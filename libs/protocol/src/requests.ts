import { z } from 'zod';
import { Cursor, DanmakuStyle, Sequence } from './entry';
import { LIMITS } from './tables';

/** A room's name in addresses: lower case letters, digits, `-`; `~` begins the rooms of two. */
export const Slug = z
  .string()
  .regex(
    /^~?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
    'a slug has lower case letters, digits and inner hyphens',
  )
  .max(LIMITS.slugCharsMax);

/** The sender's own idempotency key, unique for each message of that user in that room. */
export const MessageKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'a key has 8 to 64 characters of A-Z a-z 0-9 _ -');

/** Of a user here, or of an outside user who is in rooms by the Pusher protocol; the gateway makes them without a dot. */
export const UserId = z.string().regex(/^[A-Za-z0-9_.-]{1,24}$/, 'this is no user id');

/** How many characters a person would count, near enough: Unicode code points. */
export function countChars(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}

/** Something that is drawn: what joins, turns or selects other characters alone is not, nor are letters that are blank. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{White_Space}\u2800]/u;
/** More marks on one letter than any script has: they would be drawn over the lines above and below. */
const PILED_MARKS = /(\p{M}{6})\p{M}+/gu;

/**
 * Text as it is kept: trimmed, in NFC, without control characters, bidirectional overrides, line breaks or towers of marks, and
 * with something in it that can be seen. Its length is judged by the use case, which answers `too_long`.
 */
export const MessageText = z
  .string()
  .transform((text) =>
    text
      .normalize('NFC')
      .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
      .replace(PILED_MARKS, '$1')
      .toWellFormed()
      .trim(),
  )
  .pipe(
    z
      .string()
      .min(1, 'text is empty')
      .refine((text) => VISIBLE.test(text), 'text is empty'),
  );

export const JoinRequest = z.object({ room: Slug, after: Cursor.optional() });
export const LeaveRequest = z.object({ room: Slug });
export const SendRequest = z.object({
  room: Slug,
  key: MessageKey,
  text: MessageText,
  danmaku: DanmakuStyle.optional(),
  replyTo: Sequence.optional(),
});
export const HistoryRequest = z
  .object({
    room: Slug,
    before: Sequence.optional(),
    after: Cursor.optional(),
    limit: z.int().min(1).max(LIMITS.historyPage).default(50),
  })
  .refine((r) => r.before === undefined || r.after === undefined, {
    path: ['after'],
    message: 'give before or after, not both',
  });
export const DeleteRequest = z.object({ room: Slug, seq: Sequence });
export const MuteRequest = z.object({
  room: Slug,
  user: UserId,
  seconds: z.int().min(1).max(LIMITS.muteSecondsMax).default(600),
  reason: z.string().max(LIMITS.textChars).optional(),
});
export const UnmuteRequest = z.object({ room: Slug, user: UserId });
export const LikeRequest = z.object({
  room: Slug,
  count: z.int().min(1).max(LIMITS.likesPerRequest),
});
export const TypingRequest = z.object({ room: Slug });
export const ReadRequest = z.object({ room: Slug, seq: Cursor });
export const PingRequest = z.object({});

export type JoinRequest = z.infer<typeof JoinRequest>;
export type LeaveRequest = z.infer<typeof LeaveRequest>;
export type SendRequest = z.infer<typeof SendRequest>;
export type HistoryRequest = z.infer<typeof HistoryRequest>;
export type DeleteRequest = z.infer<typeof DeleteRequest>;
export type MuteRequest = z.infer<typeof MuteRequest>;
export type UnmuteRequest = z.infer<typeof UnmuteRequest>;
export type LikeRequest = z.infer<typeof LikeRequest>;
export type TypingRequest = z.infer<typeof TypingRequest>;
export type ReadRequest = z.infer<typeof ReadRequest>;

/** The schema of `data` for each `event` that a client may send. */
export const REQUESTS = {
  join: JoinRequest,
  leave: LeaveRequest,
  send: SendRequest,
  history: HistoryRequest,
  delete: DeleteRequest,
  mute: MuteRequest,
  unmute: UnmuteRequest,
  like: LikeRequest,
  typing: TypingRequest,
  read: ReadRequest,
  ping: PingRequest,
} as const;

export type RequestEvent = keyof typeof REQUESTS;
export type RequestData<E extends RequestEvent> = z.infer<(typeof REQUESTS)[E]>;
/** What a caller writes, before defaults are filled in. */
export type RequestInput<E extends RequestEvent> = z.input<(typeof REQUESTS)[E]>;

/** The envelope of a request (P6). Its `data` is checked by the schema of its event. */
export const RequestFrame = z.object({
  event: z.string(),
  id: z.int().min(0),
  data: z.record(z.string(), z.unknown()).default({}),
});
export type RequestFrame = z.infer<typeof RequestFrame>;
