import type { Author, Entry, MessageEntry, WithdrawnEntry } from '@hubbub/protocol';
import { langOf } from './lang-of';

interface Placed {
  /** Where it stands in the room's order; a gap stands at its first missing entry. */
  seq: number;
  at: number;
}

export interface MessageRow extends Placed {
  type: 'message';
  user: Author;
  text: string;
  lang: string | undefined;
  flies: boolean;
  replyTo: number | undefined;
}

/** What is left of a message that was deleted or cleared. */
export interface WithdrawnRow extends Placed {
  type: 'withdrawn';
  user: Author;
}

/** `count` entries of `seq…to` are not here. Rows may stand between them, where the gateway has thinned a busy room. */
export interface GapRow extends Placed {
  type: 'gap';
  /** The same while the gap grows, and while it is filled from its beginning. */
  id: number;
  to: number;
  count: number;
  thinned: boolean;
  loading: 'idle' | 'loading' | 'failed';
}

export interface GiftRow extends Placed {
  type: 'gift';
  user: Author;
  name: string;
  count: number;
}

export type SystemLine =
  | { what: 'live' }
  | { what: 'offline' }
  | { what: 'title'; title: string }
  | { what: 'slow'; seconds: number }
  | { what: 'muted'; user: string; name: string | undefined; until: number }
  | { what: 'unmuted'; user: string; name: string | undefined }
  | { what: 'cleared'; user: string | null; name: string | undefined };

/** Something that happened to the room, in a line or more. */
export interface SystemRow extends Placed {
  type: 'system';
  lines: SystemLine[];
}

export type ChatRow = MessageRow | WithdrawnRow | GapRow | GiftRow | SystemRow;

export function isWithdrawn(entry: MessageEntry | WithdrawnEntry): entry is WithdrawnEntry {
  return 'withdrawn' in entry;
}

/** The row of an entry; null for a kind that has none of its own or that this client does not know. */
export function rowOf(
  entry: Entry,
  nameOf: (userId: string) => string | undefined,
): ChatRow | null {
  const { seq, at } = entry;
  switch (entry.kind) {
    case 'message':
      return isWithdrawn(entry)
        ? { type: 'withdrawn', seq, at, user: entry.user }
        : {
            type: 'message',
            seq,
            at,
            user: entry.user,
            text: entry.text,
            lang: langOf(entry.text),
            flies: entry.danmaku !== undefined,
            replyTo: entry.replyTo,
          };
    case 'gift':
      return { type: 'gift', seq, at, user: entry.user, name: entry.name, count: entry.count };
    case 'room': {
      const lines: SystemLine[] = [];
      if (entry.state !== undefined) lines.push({ what: entry.state });
      if (entry.title !== undefined) lines.push({ what: 'title', title: entry.title });
      if (entry.slowModeMs !== undefined) {
        lines.push({ what: 'slow', seconds: Math.round(entry.slowModeMs / 1000) });
      }
      return lines.length === 0 ? null : { type: 'system', seq, at, lines };
    }
    case 'mute': {
      const { user, until } = entry;
      return {
        type: 'system',
        seq,
        at,
        lines: [{ what: 'muted', user, name: nameOf(user), until }],
      };
    }
    case 'unmute': {
      const { user } = entry;
      return { type: 'system', seq, at, lines: [{ what: 'unmuted', user, name: nameOf(user) }] };
    }
    case 'clear': {
      const { user } = entry;
      const name = user === null ? undefined : nameOf(user);
      return { type: 'system', seq, at, lines: [{ what: 'cleared', user, name }] };
    }
    case 'delete':
    case 'pin':
      return null;
    default:
      // A kind that is newer than this client (P10).
      return null;
  }
}
