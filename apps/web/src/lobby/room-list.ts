import type { RoomListReply, RoomSummary } from '@hubbub/protocol';

/** The rooms that a visitor has loaded, and where the next page begins. */
export interface RoomList {
  rooms: RoomSummary[];
  next: string | null;
}

/** The gateway gives at most this many in one answer. */
export const PAGE_MAX = 100;
export const PAGE = 24;

/** The next page behind the list. A room that moved between two answers is in both: it is kept once. */
export function withPage(list: RoomList, page: RoomListReply): RoomList {
  const known = new Set(list.rooms.map((room) => room.slug));
  return {
    rooms: [...list.rooms, ...page.rooms.filter((room) => !known.has(room.slug))],
    next: page.next,
  };
}

/**
 * The list as it is now, from an answer that covers its first `covered` places. `hold` keeps the places of the rooms that
 * stay, for a visitor who points at one must not find another under the pointer; only counts and titles move then.
 */
export function refreshed(
  list: RoomList,
  answer: { page: RoomListReply; covered: number; hold: boolean },
): RoomList {
  const { page, covered, hold } = answer;
  const fresh = new Map(page.rooms.map((room) => [room.slug, room]));
  const beyond = list.rooms.slice(covered).filter((room) => !fresh.has(room.slug));
  const next = list.rooms.length > covered ? list.next : page.next;
  if (!hold) return { rooms: [...page.rooms, ...beyond], next };
  const stay: RoomSummary[] = [];
  for (const room of list.rooms.slice(0, covered)) {
    const now = fresh.get(room.slug);
    if (now !== undefined) stay.push(now);
    fresh.delete(room.slug);
  }
  return { rooms: [...stay, ...fresh.values(), ...beyond], next };
}

/** The rooms whose title or owner has every word of the query. */
export function matching(rooms: RoomSummary[], query: string): RoomSummary[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rooms;
  return rooms.filter((room) => {
    const text = `${room.title} ${room.owner?.name ?? ''}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}
