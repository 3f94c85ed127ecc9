import { z } from 'zod';
import {
  AccountCreation,
  DirectRequest,
  EntriesQuery,
  GuestSignIn,
  MeReply,
  Member,
  MemberListReply,
  MemberRoleChange,
  MessageCreation,
  MuteListReply,
  PeopleQuery,
  PublicId,
  PusherAppId,
  PusherChannelAuthorization,
  PusherChannelAuthorizationReply,
  PusherUserAuthentication,
  PusherUserAuthenticationReply,
  REPLIES,
  RoomChange,
  RoomCreation,
  RoomListQuery,
  RoomListReply,
  RoomDetails,
  RoomSummary,
  SessionReply,
  SignIn,
  Slug,
  WebhookDelivery,
  WebhookDeliveryId,
  WebhookDeliveryListReply,
  WebhookDeliveryQuery,
  type ErrorCode,
} from '@hubbub/protocol';

const None = z.object({});

interface OperationParts<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: `/api/${string}`;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  /** True where the body may also be a form. */
  takesForm?: boolean;
  /** Of the reply that is no error. */
  status: 200 | 201 | 204;
  reply?: z.ZodType;
  errors: ErrorCode[];
  /** True where a caller without a session is turned away. */
  needsSession?: boolean;
}

/**
 * One route of the REST interface: what its controller is registered with, what its input is checked against, and what the
 * OpenAPI document says of it.
 */
export interface Operation<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: `/api/${string}`;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  /** Null where no body is read. */
  readonly body: B | null;
  /** Whether the body may also be a form (application/x-www-form-urlencoded). */
  readonly takesForm: boolean;
  readonly status: 200 | 201 | 204;
  readonly reply: z.ZodType | null;
  readonly errors: readonly ErrorCode[];
  readonly needsSession: boolean;
}

/** What a controller gets of a request that is right. */
export type InputOf<O> =
  O extends Operation<infer P, infer Q, infer B>
    ? { params: z.infer<P>; query: z.infer<Q>; body: z.infer<B> }
    : never;

function operation<
  P extends z.ZodType = typeof None,
  Q extends z.ZodType = typeof None,
  B extends z.ZodType = typeof None,
>(parts: OperationParts<P, Q, B>): Operation<P, Q, B> {
  return {
    ...parts,
    params: parts.params ?? (None as z.ZodType as P),
    query: parts.query ?? (None as z.ZodType as Q),
    body: parts.body ?? null,
    takesForm: parts.takesForm ?? false,
    reply: parts.reply ?? null,
    needsSession: parts.needsSession ?? false,
  };
}

const RoomParams = z.object({ slug: Slug });
const MemberParams = z.object({ slug: Slug, user: PublicId });
const WebhookParams = z.object({ id: PusherAppId });
const WebhookDeliveryParams = WebhookParams.extend({ delivery: WebhookDeliveryId });

/** Every route under /api (PROTOCOL.md, HTTP), and nothing besides them is served there but the document itself. */
export const OPERATIONS = {
  signInAsGuest: operation({
    method: 'post',
    path: '/api/sessions/guest',
    summary: 'Sign in with nothing but a name',
    body: GuestSignIn,
    status: 201,
    reply: SessionReply,
    errors: ['invalid', 'conflict', 'rate_limited'],
  }),
  createAccount: operation({
    method: 'post',
    path: '/api/accounts',
    summary: 'Make an account and sign in; what an admin makes does not change who the admin is',
    body: AccountCreation,
    status: 201,
    reply: SessionReply,
    errors: ['invalid', 'forbidden', 'conflict', 'rate_limited'],
  }),
  signIn: operation({
    method: 'post',
    path: '/api/sessions',
    summary: 'Sign in with handle and password',
    body: SignIn,
    status: 201,
    reply: SessionReply,
    errors: ['invalid', 'unauthenticated', 'rate_limited'],
  }),
  signOut: operation({
    method: 'delete',
    path: '/api/sessions',
    summary: 'Sign out: the token is refused from here on',
    status: 204,
    errors: ['unauthenticated'],
  }),
  me: operation({
    method: 'get',
    path: '/api/me',
    summary: 'Who this is; null for an anonymous viewer',
    status: 200,
    reply: MeReply,
    errors: ['unauthenticated'],
  }),
  listRooms: operation({
    method: 'get',
    path: '/api/rooms',
    summary: 'Public rooms, by viewers',
    query: RoomListQuery,
    status: 200,
    reply: RoomListReply,
    errors: ['invalid', 'rate_limited'],
  }),
  createRoom: operation({
    method: 'post',
    path: '/api/rooms',
    summary:
      'Make a room; guests may not. A slug that is taken, by a private room too, is a conflict',
    body: RoomCreation,
    status: 201,
    reply: RoomDetails,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'conflict', 'rate_limited'],
    needsSession: true,
  }),
  room: operation({
    method: 'get',
    path: '/api/rooms/:slug',
    summary: 'One room; a private one for its members alone',
    params: RoomParams,
    status: 200,
    reply: RoomDetails,
    errors: ['invalid', 'not_found'],
  }),
  updateRoom: operation({
    method: 'patch',
    path: '/api/rooms/:slug',
    summary: 'Change a room: the owner everything, moderators title and slow mode',
    params: RoomParams,
    body: RoomChange,
    status: 200,
    reply: RoomDetails,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'not_found', 'unavailable'],
    needsSession: true,
  }),
  removeRoom: operation({
    method: 'delete',
    path: '/api/rooms/:slug',
    summary: 'Remove a room with its log; the owner',
    params: RoomParams,
    status: 204,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'not_found'],
    needsSession: true,
  }),
  entries: operation({
    method: 'get',
    path: '/api/rooms/:slug/entries',
    summary: 'A page of the log, ascending: the latest, or before or after a sequence',
    params: RoomParams,
    query: EntriesQuery,
    status: 200,
    reply: REPLIES.history,
    errors: ['invalid', 'not_found', 'unavailable'],
  }),
  sendMessage: operation({
    method: 'post',
    path: '/api/rooms/:slug/messages',
    summary: 'Say something; sending again with the same key is safe',
    params: RoomParams,
    body: MessageCreation,
    status: 201,
    reply: REPLIES.send,
    errors: [
      'invalid',
      'too_long',
      'unauthenticated',
      'muted',
      'not_found',
      'rejected',
      'slow_mode',
      'rate_limited',
      'unavailable',
    ],
    needsSession: true,
  }),
  members: operation({
    method: 'get',
    path: '/api/rooms/:slug/members',
    summary: 'Who has a role in a room',
    params: RoomParams,
    query: PeopleQuery,
    status: 200,
    reply: MemberListReply,
    errors: ['invalid', 'not_found'],
  }),
  setMember: operation({
    method: 'put',
    path: '/api/rooms/:slug/members/:user',
    summary: 'Give somebody a role; the owner',
    params: MemberParams,
    body: MemberRoleChange,
    status: 204,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'not_found'],
    needsSession: true,
  }),
  removeMember: operation({
    method: 'delete',
    path: '/api/rooms/:slug/members/:user',
    summary: 'Take the role away; the owner',
    params: MemberParams,
    status: 204,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'not_found'],
    needsSession: true,
  }),
  mutes: operation({
    method: 'get',
    path: '/api/rooms/:slug/mutes',
    summary: 'Who is muted now; moderators',
    params: RoomParams,
    query: PeopleQuery,
    status: 200,
    reply: MuteListReply,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'not_found'],
    needsSession: true,
  }),
  direct: operation({
    method: 'post',
    path: '/api/direct',
    summary: 'The room of two, made when it is first asked for',
    body: DirectRequest,
    status: 200,
    reply: RoomDetails,
    errors: ['invalid', 'unauthenticated', 'not_found', 'rate_limited'],
    needsSession: true,
  }),
  authorizePusherChannel: operation({
    method: 'post',
    path: '/api/pusher/auth',
    summary:
      'Be in a room by its channel presence-room.<slug>: the channelAuthorization of Pusher clients',
    body: PusherChannelAuthorization,
    takesForm: true,
    status: 200,
    reply: PusherChannelAuthorizationReply,
    errors: ['invalid', 'unauthenticated', 'forbidden'],
    needsSession: true,
  }),
  authenticatePusherUser: operation({
    method: 'post',
    path: '/api/pusher/user-auth',
    summary: 'Sign a Pusher connection in: the userAuthentication of Pusher clients',
    body: PusherUserAuthentication,
    takesForm: true,
    status: 200,
    reply: PusherUserAuthenticationReply,
    errors: ['invalid', 'unauthenticated', 'forbidden'],
    needsSession: true,
  }),
  refreshApps: operation({
    method: 'post',
    path: '/api/apps/refresh',
    summary: 'Read the Pusher apps of the database anew, on all gateways; admins',
    status: 204,
    errors: ['unauthenticated', 'forbidden'],
    needsSession: true,
  }),
  webhookDeliveries: operation({
    method: 'get',
    path: '/api/apps/:id/webhooks/deliveries',
    summary:
      'What the webhooks of a Pusher app were sent, webhook by webhook, the latest first; admins',
    params: WebhookParams,
    query: WebhookDeliveryQuery,
    status: 200,
    reply: WebhookDeliveryListReply,
    errors: ['invalid', 'unauthenticated', 'forbidden'],
    needsSession: true,
  }),
  retryWebhookDelivery: operation({
    method: 'post',
    path: '/api/apps/:id/webhooks/deliveries/:delivery/retry',
    summary: 'Send a delivery again that has failed or was delivered; it gets a new id; admins',
    params: WebhookDeliveryParams,
    status: 200,
    reply: WebhookDelivery,
    errors: ['invalid', 'unauthenticated', 'forbidden', 'not_found', 'conflict'],
    needsSession: true,
  }),
} as const;

/** Schemas that the document names once and refers to. */
export const NAMED_SCHEMAS = {
  Member,
  RoomDetails,
  RoomSummary,
  SessionReply,
  WebhookDelivery,
} as const;
