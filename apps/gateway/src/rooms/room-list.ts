import { In, LessThan, type FindOptionsWhere } from 'typeorm';
import type { RoomListQuery } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import type { Database } from '../store/database';
import { RoomEntity } from '../store/entities/room.entity';
import type { ViewerCounts } from './viewer-counts';

/** Lists and counts are no older than this. */
const SNAPSHOT_MS = 1_000;
const PAGES_HELD = 500;
const CHUNK = 200;

export interface RoomWithViewers {
  room: RoomEntity;
  viewers: number;
}
export interface RoomPage {
  rooms: RoomWithViewers[];
  next: string | null;
}

/** The last room of a page: the next one begins after it. */
interface Place {
  viewers: number;
  id: number;
}

interface Snapshot {
  takenAt: number;
  ranking: { roomId: number; viewers: number }[];
  viewers: Map<number, number>;
  pages: Map<string, Promise<RoomPage>>;
}

function encodePlace({ viewers, id }: Place): string {
  return Buffer.from(`${String(viewers)}.${String(id)}`).toString('base64url');
}

function decodePlace(cursor: string): Place {
  const [, viewers, id] =
    /^(\d{1,10})\.(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (viewers === undefined || id === undefined) {
    throw new Refusal('invalid', 'this cursor was not given by a list of rooms', {
      field: 'cursor',
    });
  }
  return { viewers: Number(viewers), id: Number(id) };
}

/**
 * The public rooms: those with viewers, the fullest first, then the others, the newest first. A cursor names a place in that
 * order, not a page number: a room whose count does not cross the place while somebody pages is seen exactly once.
 */
export class RoomList {
  readonly #database: Database;
  readonly #viewers: ViewerCounts;
  #snapshot: Snapshot | undefined;

  constructor(database: Database, viewers: ViewerCounts) {
    this.#database = database;
    this.#viewers = viewers;
  }

  /** @throws {Refusal} `invalid` for a cursor that is none. */
  async page(query: RoomListQuery): Promise<RoomPage> {
    const snapshot = this.#current();
    const key = JSON.stringify([query.state, query.cursor, query.limit]);
    const held = snapshot.pages.get(key);
    if (held) return held;
    const page = this.#read(query, snapshot);
    if (snapshot.pages.size < PAGES_HELD) {
      snapshot.pages.set(key, page);
      page.catch(() => snapshot.pages.delete(key));
    }
    return page;
  }

  /** A room was made, changed or removed: the next list is read anew. */
  forget(): void {
    this.#snapshot = undefined;
  }

  #current(): Snapshot {
    const now = performance.now();
    if (!this.#snapshot || now - this.#snapshot.takenAt >= SNAPSHOT_MS) {
      const ranking = this.#viewers.ranking();
      const viewers = new Map(ranking.map((r) => [r.roomId, r.viewers]));
      this.#snapshot = { takenAt: now, ranking, viewers, pages: new Map() };
    }
    return this.#snapshot;
  }

  async #read({ state, cursor, limit }: RoomListQuery, snapshot: Snapshot): Promise<RoomPage> {
    const start = cursor === undefined ? null : decodePlace(cursor);
    const where: FindOptionsWhere<RoomEntity> = { visibility: 'public', ...(state && { state }) };
    // One more than asked for tells whether there is a next page.
    const wanted = limit + 1;
    const rooms =
      start?.viewers === 0 ? [] : await this.#readWatched(where, start, wanted, snapshot);
    if (rooms.length < wanted) {
      const below = start?.viewers === 0 ? start.id : Number.MAX_SAFE_INTEGER;
      rooms.push(...(await this.#readQuiet(where, below, wanted - rooms.length, snapshot)));
    }
    const page = rooms.slice(0, limit);
    const last = page.at(-1);
    const next =
      rooms.length > limit && last
        ? encodePlace({ viewers: last.viewers, id: last.room.id })
        : null;
    return { rooms: page, next };
  }

  async #readWatched(
    where: FindOptionsWhere<RoomEntity>,
    start: Place | null,
    wanted: number,
    { ranking }: Snapshot,
  ): Promise<RoomWithViewers[]> {
    const rest = start
      ? ranking.filter(
          ({ roomId, viewers }) =>
            viewers < start.viewers || (viewers === start.viewers && roomId > start.id),
        )
      : ranking;
    const found: RoomWithViewers[] = [];
    for (let i = 0; i < rest.length && found.length < wanted; i += CHUNK) {
      const chunk = rest.slice(i, i + CHUNK);
      const rows = await this.#rooms.findBy({ ...where, id: In(chunk.map((r) => r.roomId)) });
      const byId = new Map(rows.map((room) => [room.id, room]));
      for (const { roomId, viewers } of chunk) {
        const room = byId.get(roomId);
        if (room) found.push({ room, viewers });
      }
    }
    return found.slice(0, wanted);
  }

  async #readQuiet(
    where: FindOptionsWhere<RoomEntity>,
    below: number,
    wanted: number,
    { viewers }: Snapshot,
  ): Promise<RoomWithViewers[]> {
    const found: RoomWithViewers[] = [];
    for (;;) {
      const rows = await this.#rooms.find({
        where: { ...where, id: LessThan(below) },
        order: { id: 'DESC' },
        take: CHUNK,
      });
      for (const room of rows) {
        if (!viewers.has(room.id)) found.push({ room, viewers: 0 });
      }
      const last = rows.at(-1);
      if (!last || rows.length < CHUNK || found.length >= wanted) return found.slice(0, wanted);
      below = last.id;
    }
  }

  get #rooms() {
    return this.#database.repository(RoomEntity);
  }
}
