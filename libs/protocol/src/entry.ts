import { z } from 'zod';
import { DANMAKU_MODES, DANMAKU_SIZES } from './tables';

/** A place in a room's log: 1, 2, 3, … */
export const Sequence = z.int().min(1);
/** A cursor may also stand before the first entry. */
export const Cursor = z.int().min(0);
/** Unix time in milliseconds. */
export const TimeMs = z.int().min(0);

export const UserRole = z.enum(['guest', 'user', 'bot', 'admin']);
export type UserRole = z.infer<typeof UserRole>;

export const RoomRole = z.enum(['viewer', 'member', 'moderator', 'owner']);
export type RoomRole = z.infer<typeof RoomRole>;

export const Color = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'a colour is #rrggbb');

/** How a message flies over the video; a message without it stays in the list. */
export const DanmakuStyle = z.strictObject({
  mode: z.enum(DANMAKU_MODES),
  color: Color,
  size: z.enum(DANMAKU_SIZES),
});
export type DanmakuStyle = z.infer<typeof DanmakuStyle>;

/** Who said it, as everybody sees them. `role` is absent for an ordinary viewer. */
export const Author = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(['owner', 'moderator', 'bot', 'admin']).optional(),
  color: Color.optional(),
});
export type Author = z.infer<typeof Author>;

const at = { seq: Sequence, at: TimeMs };

export const MessageEntry = z.object({
  ...at,
  kind: z.literal('message'),
  user: Author,
  text: z.string(),
  danmaku: DanmakuStyle.optional(),
  replyTo: Sequence.optional(),
});
export type MessageEntry = z.infer<typeof MessageEntry>;

/** What is left of a message that was deleted or cleared (P13). */
export const WithdrawnEntry = z.object({
  ...at,
  kind: z.literal('message'),
  user: Author,
  withdrawn: z.literal(true),
});
export type WithdrawnEntry = z.infer<typeof WithdrawnEntry>;

export const DeleteEntry = z.object({
  ...at,
  kind: z.literal('delete'),
  target: Sequence,
  by: z.string(),
});
export const MuteEntry = z.object({
  ...at,
  kind: z.literal('mute'),
  user: z.string(),
  until: TimeMs,
  by: z.string(),
  reason: z.string().optional(),
});
export const UnmuteEntry = z.object({
  ...at,
  kind: z.literal('unmute'),
  user: z.string(),
  by: z.string(),
});
export const ClearEntry = z.object({
  ...at,
  kind: z.literal('clear'),
  user: z.string().nullable(),
  by: z.string(),
});
export const RoomEntry = z.object({
  ...at,
  kind: z.literal('room'),
  title: z.string().optional(),
  state: z.enum(['live', 'offline']).optional(),
  streamUrl: z.string().nullable().optional(),
  slowModeMs: z.int().optional(),
});
export const PinEntry = z.object({
  ...at,
  kind: z.literal('pin'),
  target: Sequence.nullable(),
});
export const GiftEntry = z.object({
  ...at,
  kind: z.literal('gift'),
  user: Author,
  name: z.string(),
  count: z.int().min(1),
  value: z.number().min(0),
});

/** One entry of a room's log (P10). A client passes over a kind that it does not know. */
export const Entry = z.union([
  MessageEntry,
  WithdrawnEntry,
  DeleteEntry,
  MuteEntry,
  UnmuteEntry,
  ClearEntry,
  RoomEntry,
  PinEntry,
  GiftEntry,
]);
export type Entry = z.infer<typeof Entry>;
export type EntryKind = Entry['kind'];
