/** What a channel's name says of it. */
export interface ChannelKind {
  /** Subscribing takes a signature. */
  readonly isPrivate: boolean;
  readonly isPresence: boolean;
  /** The payload is for those who have the key alone: nothing that clients send passes. */
  readonly isEncrypted: boolean;
  /** Its last event is remembered for who comes later. */
  readonly isCache: boolean;
}

const KINDS: readonly [prefix: string, kind: Partial<ChannelKind>][] = [
  ['private-encrypted-cache-', { isPrivate: true, isEncrypted: true, isCache: true }],
  ['private-encrypted-', { isPrivate: true, isEncrypted: true }],
  ['private-cache-', { isPrivate: true, isCache: true }],
  ['private-', { isPrivate: true }],
  ['presence-cache-', { isPrivate: true, isPresence: true, isCache: true }],
  ['presence-', { isPrivate: true, isPresence: true }],
  ['cache-', { isCache: true }],
];
const PLAIN = { isPrivate: false, isPresence: false, isEncrypted: false, isCache: false };

/** https://pusher.com/docs/channels/using_channels/channels/#channel-types */
export function kindOf(channel: string): ChannelKind {
  const found = KINDS.find(([prefix]) => channel.startsWith(prefix));
  return found ? { ...PLAIN, ...found[1] } : PLAIN;
}

const ALLOWED = /^[-a-zA-Z0-9_=@,.;]+$/;
const USER_CHANNEL = '#server-to-user-';

/** Whether clients may subscribe to a channel of this name. Names with `#` are the server's own. */
export function isAllowedName(channel: string): boolean {
  return ALLOWED.test(channel);
}

/** The channel of a user's signed-in connections. */
export function userChannel(userId: string): string {
  return `${USER_CHANNEL}${userId}`;
}

/** The user of such a channel; null for every other channel. */
export function userOfChannel(channel: string): string | null {
  return channel.startsWith(USER_CHANNEL) ? channel.slice(USER_CHANNEL.length) : null;
}
