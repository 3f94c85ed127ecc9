import type { DanmakuComment } from '@hubbub/danmaku';
import type { Author, DanmakuStyle, MessageEntry, SessionUser } from '@hubbub/protocol';
import { mentions } from '../chat/mentions';

/** What a bullet carries for the menu that opens when it is clicked. */
export interface BulletSource {
  user: Pick<Author, 'id' | 'name'>;
  text: string;
  danmaku: DanmakuStyle;
  seq: number | undefined;
}

/** The id of the bullet of an own message, known before its place in the log is. */
export const ownBulletId = (key: string): string => `own:${key}`;

/** The bullet of an entry; null where the message stays in the list. */
export function bulletOf(entry: MessageEntry, me: SessionUser | null): DanmakuComment | null {
  const { seq, at, user, text, danmaku } = entry;
  if (danmaku === undefined) return null;
  const source: BulletSource = { user, text, danmaku, seq };
  return {
    id: String(seq),
    text,
    mode: danmaku.mode,
    at,
    style: { color: danmaku.color, size: danmaku.size },
    priority: priorityOf(entry, me),
    user: source,
  };
}

/** The bullet of an own message at the moment that it is sent. */
export function ownBullet(
  draft: { key: string; text: string; danmaku: DanmakuStyle },
  me: SessionUser,
): DanmakuComment {
  const { key, text, danmaku } = draft;
  const source: BulletSource = { user: me, text, danmaku, seq: undefined };
  return {
    id: ownBulletId(key),
    text,
    mode: danmaku.mode,
    style: { color: danmaku.color, size: danmaku.size },
    priority: 'own',
    user: source,
  };
}

function priorityOf(
  { user, text }: MessageEntry,
  me: SessionUser | null,
): NonNullable<DanmakuComment['priority']> {
  if (me !== null && user.id === me.id) return 'own';
  if (user.role === 'owner' || user.role === 'moderator') return 'moderator';
  return me !== null && mentions(text, me.name) ? 'mention' : 'normal';
}

export function isBulletSource(value: unknown): value is BulletSource {
  return typeof value === 'object' && value !== null && 'user' in value && 'danmaku' in value;
}
