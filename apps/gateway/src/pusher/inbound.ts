import { z } from 'zod';
import { isTooDeep } from './json-depth';

const Subscribe = z.object({
  event: z.literal('pusher:subscribe'),
  data: z.object({
    channel: z.string().min(1),
    auth: z.string().optional(),
    channel_data: z.string().optional(),
  }),
});
const Unsubscribe = z.object({
  event: z.literal('pusher:unsubscribe'),
  data: z.object({ channel: z.string().min(1) }),
});
const SignIn = z.object({
  event: z.literal('pusher:signin'),
  data: z.object({ auth: z.string(), user_data: z.string() }),
});
const Ping = z.object({ event: z.literal('pusher:ping') });
const Pong = z.object({ event: z.literal('pusher:pong') });
const ClientEvent = z.object({
  event: z.string().startsWith('client-'),
  channel: z.string().min(1),
  data: z.unknown().optional(),
});

const Known = z.discriminatedUnion('event', [Subscribe, Unsubscribe, SignIn, Ping, Pong]);

/** A message of a client. */
export type Inbound =
  z.infer<typeof Known> | { event: 'client'; name: string; channel: string; data: unknown };

/** Null for what is none of the protocol. Some clients send `data` as a string of JSON. */
export function parseInbound(text: string): Inbound | null {
  const message = parseJson(text);
  if (typeof message !== 'object' || message === null) return null;
  const { event } = message as { event?: unknown };
  if (typeof event === 'string' && event.startsWith('client-')) {
    const parsed = ClientEvent.safeParse(message);
    if (!parsed.success) return null;
    const { channel, data } = parsed.data;
    return { event: 'client', name: event, channel, data };
  }
  const { data } = message as { data?: unknown };
  const parsed = Known.safeParse(
    typeof data === 'string' ? { ...message, data: parseJson(data) } : message,
  );
  return parsed.success ? parsed.data : null;
}

/** Undefined for what is no JSON, or is nested beyond reason. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

const ChannelData = z.object({
  // Clients' servers send numbers too; members are keyed by the string.
  user_id: z.union([z.string().min(1), z.number()]).transform(String),
  user_info: z.unknown().optional(),
});

/** `channel_data` of a presence channel: who subscribes. `info` is JSON. Null where it does not say so. */
export function parseChannelData(text: string): { id: string; info: string | null } | null {
  const parsed = ChannelData.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { user_id: id, user_info: info } = parsed.data;
  return { id, info: info === undefined ? null : JSON.stringify(info) };
}

const UserData = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  user_info: z.unknown().optional(),
  watchlist: z
    .array(z.union([z.string().min(1), z.number()]).transform(String))
    .catch([])
    .default([]),
});

/** `user_data` of a sign-in. Null where it has no id. */
export function parseUserData(text: string): z.infer<typeof UserData> | null {
  const parsed = UserData.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}
