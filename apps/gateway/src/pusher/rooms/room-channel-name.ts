import { Slug } from '@hubbub/protocol';

/** A room as a channel: `room.<slug>` is read by anybody, in `presence-room.<slug>` one is somebody and may speak. */
export interface RoomChannelName {
  readonly slug: string;
  readonly isPresence: boolean;
}

const PREFIX = /^(presence-)?room\./;

/** Whether the channel is a room by its name, whatever follows the prefix. */
export function isRoomChannel(channel: string): boolean {
  return PREFIX.test(channel);
}

/** Null where there can be no such room. Rooms of two are no channels. */
export function parseRoomChannel(channel: string): RoomChannelName | null {
  const [prefix, presence] = PREFIX.exec(channel) ?? [];
  if (prefix === undefined) return null;
  const slug = channel.slice(prefix.length);
  if (slug.startsWith('~') || !Slug.safeParse(slug).success) return null;
  return { slug, isPresence: presence !== undefined };
}
