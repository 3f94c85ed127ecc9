import { z } from 'zod';
import { RoomDescription, SessionUser } from './frames';
import { MessageText, MessageKey, Slug } from './requests';
import { DanmakuStyle, Sequence, TimeMs } from './entry';
import { LIMITS } from './tables';

/** A name as it is shown: trimmed, in NFC, one line, no control characters. */
export const DisplayName = MessageText.pipe(z.string().max(LIMITS.nameCharsMax));

export const Handle = z
  .string()
  .regex(/^[a-z0-9_]{3,24}$/, 'a handle has 3 to 24 characters of a-z 0-9 _');
export const Password = z.string().min(8, 'a password has at least 8 characters').max(256);

export const GuestSignIn = z.object({ name: DisplayName });
export const AccountCreation = z.object({
  handle: Handle,
  name: DisplayName,
  password: Password,
  /** Another role than `user` is given by an admin alone. */
  role: z.enum(['user', 'bot', 'admin']).default('user'),
});
export const SignIn = z.object({ handle: Handle, password: z.string().min(1).max(256) });
export const SessionReply = z.object({ user: SessionUser, token: z.string() });
/** Null for an anonymous viewer. */
export const MeReply = z.object({ user: SessionUser.nullable() });

export const Visibility = z.enum(['public', 'unlisted', 'private']);
export const Title = MessageText.pipe(z.string().max(LIMITS.titleCharsMax));
/** Where the picture comes from: an HLS playlist over http(s). */
export const StreamUrl = z.url({ protocol: /^https?$/ }).max(2048);

export const RoomCreation = z.object({
  slug: Slug.refine((s) => !s.startsWith('~'), 'a slug does not begin with ~'),
  title: Title,
  visibility: Visibility.default('public'),
  streamUrl: StreamUrl.nullable().optional(),
});
export const RoomChange = z
  .object({
    title: Title,
    state: z.enum(['live', 'offline']),
    visibility: Visibility,
    streamUrl: StreamUrl.nullable(),
    slowModeMs: z.int().min(0).max(LIMITS.slowModeMsMax),
  })
  .partial();
export const RoomListQuery = z.object({
  state: z.enum(['live', 'offline']).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(24),
});
/** A room in a list. */
export const RoomSummary = RoomDescription.extend({ viewers: z.int().min(0) });
/** One room by itself. `users`: who has signed in among its viewers, each once; null where that is not known. */
export const RoomDetails = RoomSummary.extend({ users: z.int().min(0).nullable() });
export const RoomListReply = z.object({
  rooms: z.array(RoomSummary),
  next: z.string().nullable(),
});
export const MessageCreation = z.object({
  key: MessageKey,
  text: MessageText,
  danmaku: DanmakuStyle.optional(),
  replyTo: Sequence.optional(),
});
/** A page of a room's log, as `history` takes it (P7): the latest where neither `before` nor `after` is given. */
export const EntriesQuery = z
  .object({
    before: z.coerce.number().int().min(1).optional(),
    after: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).max(LIMITS.historyPage).default(50),
  })
  .refine((q) => q.before === undefined || q.after === undefined, {
    path: ['after'],
    message: 'give before or after, not both',
  });
/** A user's id as it stands in addresses: it is ASCII, whatever their name is. */
export const PublicId = z.string().regex(/^[A-Za-z0-9_.-]{1,24}$/, 'this is not a user id');
/** Who a page of people begins after. */
export const PeopleQuery = z.object({
  cursor: PublicId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
const Person = z.object({ id: z.string(), name: z.string() });
export const Member = z.object({
  user: Person,
  role: z.enum(['member', 'moderator', 'owner']),
});
export const MemberListReply = z.object({
  members: z.array(Member),
  next: z.string().nullable(),
});
export const Mute = z.object({ user: Person, until: TimeMs });
export const MuteListReply = z.object({ mutes: z.array(Mute), next: z.string().nullable() });
export const MemberRoleChange = z.object({ role: z.enum(['member', 'moderator']) });
export const DirectRequest = z.object({ user: PublicId });

/** Of a Pusher connection. Signed texts have colons between their parts: there is none in it. */
const SocketId = z.string().regex(/^\d{1,20}\.\d{1,20}$/, 'this is not a socket id');
/** What the clients of Pusher's libraries send to have a channel signed, as a form or as JSON; they add fields of their own. */
export const PusherChannelAuthorization = z.object({
  socket_id: SocketId,
  channel_name: z.string().min(1).max(200),
});
export const PusherChannelAuthorizationReply = z.object({
  auth: z.string(),
  /** JSON. */
  channel_data: z.string(),
});
export const PusherUserAuthentication = z.object({ socket_id: SocketId });
export const PusherUserAuthenticationReply = z.object({
  auth: z.string(),
  /** JSON. */
  user_data: z.string(),
});
/** An app of the Pusher Channels protocol, as its address has it. */
export const PusherAppId = z.string().min(1).max(255);
export const WebhookDeliveryId = z
  .string()
  .regex(/^\d{1,10}-\d{1,15}$/, 'this is not the id of a delivery');
export const WebhookDeliveryQuery = z.object({
  status: z.enum(['pending', 'delivered', 'failed']).default('failed'),
  /** The last delivery of the page before. */
  cursor: WebhookDeliveryId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
/** An event for one webhook of an app. */
export const WebhookDelivery = z.object({
  id: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  /** Where it goes; what may be a secret of the address is left out. */
  target: z.string(),
  /** As it is posted. */
  event: z.record(z.string(), z.unknown()),
  recordedAt: TimeMs,
  attempts: z.int().min(0),
  /** Null where it was not tried, or is not tried any more. */
  nextAttemptAt: TimeMs.nullable(),
  settledAt: TimeMs.nullable(),
  /** Of the last attempt. */
  httpStatus: z.int().nullable(),
  error: z.string().nullable(),
});
export const WebhookDeliveryListReply = z.object({
  deliveries: z.array(WebhookDelivery),
  next: z.string().nullable(),
});

export type AccountCreation = z.infer<typeof AccountCreation>;
export type SignIn = z.infer<typeof SignIn>;
export type SessionReply = z.infer<typeof SessionReply>;
export type MeReply = z.infer<typeof MeReply>;
export type RoomCreation = z.infer<typeof RoomCreation>;
export type RoomChange = z.infer<typeof RoomChange>;
export type RoomListQuery = z.infer<typeof RoomListQuery>;
export type RoomSummary = z.infer<typeof RoomSummary>;
export type RoomDetails = z.infer<typeof RoomDetails>;
export type RoomListReply = z.infer<typeof RoomListReply>;
export type MessageCreation = z.infer<typeof MessageCreation>;
export type PeopleQuery = z.infer<typeof PeopleQuery>;
export type Member = z.infer<typeof Member>;
export type MemberListReply = z.infer<typeof MemberListReply>;
export type MuteListReply = z.infer<typeof MuteListReply>;
export type PusherChannelAuthorization = z.infer<typeof PusherChannelAuthorization>;
export type PusherChannelAuthorizationReply = z.infer<typeof PusherChannelAuthorizationReply>;
export type PusherUserAuthentication = z.infer<typeof PusherUserAuthentication>;
export type PusherUserAuthenticationReply = z.infer<typeof PusherUserAuthenticationReply>;
export type WebhookDeliveryQuery = z.infer<typeof WebhookDeliveryQuery>;
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;
export type WebhookDeliveryListReply = z.infer<typeof WebhookDeliveryListReply>;
