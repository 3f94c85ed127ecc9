import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Fault } from './faults';
import { CannotCheck, type LogSource } from './log-source';
import { RoomCheck, type RoomToCheck } from './room-check';

const ROOMS_PAGE = 500;
/** A gateway that erases a removed room takes some of its entries away within this time. */
const ERASING_MS = 2_000;
const KEYS_INDEX = ['idempotency_key', 'room_id', 'user_id'];
const PLACES_INDEX = ['room_id', 'seq'];

export interface LogCheckOptions {
  /** The room's slug; null: all of them, and what belongs to none. */
  room: string | null;
  repairs: boolean;
}

/** What is wrong in one place. */
export interface Found {
  /** Null where it is about no room that there is. */
  slug: string | null;
  /** Null where it is about the database as a whole. */
  roomId: number | null;
  /** Entries that were read. */
  entries: number;
  findings: Findings;
}

export interface Progress {
  /** The room that is being read. */
  slug: string;
  rooms: number;
  entries: number;
  /** How many entries the heads count in all. */
  expected: number;
}

export interface LogCheckEars {
  found: (found: Found) => void;
  progress: (progress: Progress) => void;
}

/** All that was looked at. */
export interface Summary {
  rooms: number;
  entries: number;
  faults: Partial<Record<Fault, number>>;
  /** Heads that were raised. */
  repaired: number;
}

/** Reads the room logs of a database, and tells what is wrong with them as it finds it. Memory is bounded, the database not held up. */
export class LogCheck {
  readonly #source: LogSource;
  readonly #options: LogCheckOptions;
  readonly #ears: LogCheckEars;
  readonly #summary: Summary = { rooms: 0, entries: 0, faults: {}, repaired: 0 };
  #expected = 0;
  #looksForKeys = false;

  constructor(source: LogSource, options: LogCheckOptions, ears: LogCheckEars) {
    this.#source = source;
    this.#options = options;
    this.#ears = ears;
  }

  /** @throws {CannotCheck} */
  async run(): Promise<Summary> {
    await this.#lookAtIndexes();
    const { room } = this.#options;
    if (room !== null) await this.#checkOne(room);
    else {
      await this.#checkAll();
      await this.#lookForHeadsOfNone();
      await this.#lookForEntriesOfNone();
    }
    return this.#summary;
  }

  async #lookAtIndexes(): Promise<void> {
    const sql =
      this.#source.kind === 'mysql'
        ? `SELECT INDEX_NAME AS name, COLUMN_NAME AS part FROM information_schema.STATISTICS
           WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'room_entries' AND NON_UNIQUE = 0`
        : `SELECT list.name AS name, info.name AS part FROM pragma_index_list('room_entries') AS list
           JOIN pragma_index_info(list.name) AS info WHERE list."unique" = 1 AND list.partial = 0`;
    const parts = await this.#source.rows<{ name: string; part: string }>(sql);
    const byIndex = new Map<string, string[]>();
    for (const { name, part } of parts) byIndex.set(name, [...(byIndex.get(name) ?? []), part]);
    const unique = [...byIndex.values()].map((columns) => columns.sort().join());
    const findings = new Findings();
    const demand = (columns: string[], what: string) => {
      if (unique.includes(columns.join())) return true;
      const text = `room_entries has no unique index on ${columns.join(', ')}: nothing keeps ${what}`;
      findings.add({ fault: 'no-index', seq: null, text });
      return false;
    };
    demand(PLACES_INDEX, 'a number from being used twice');
    this.#looksForKeys = !demand(KEYS_INDEX, 'a key from being used twice');
    this.#tell({ slug: null, roomId: null, entries: 0, findings });
  }

  async #checkOne(slug: string): Promise<void> {
    const rooms = await this.#source.rows<RoomToCheck & { expected: number | string | null }>(
      'SELECT r.id, r.slug, h.last_seq AS expected FROM rooms r LEFT JOIN room_heads h ON h.room_id = r.id WHERE r.slug = ?',
      [slug],
    );
    const [room] = rooms;
    if (!room) throw new CannotCheck(`there is no room "${slug}"`);
    this.#expected = Number(room.expected);
    await this.#check(room);
  }

  async #checkAll(): Promise<void> {
    const [total] = await this.#source.rows<{ expected: number | string | null }>(
      'SELECT SUM(last_seq) AS expected FROM room_heads',
    );
    this.#expected = Number(total?.expected ?? 0);
    for (let after = 0; ;) {
      const rooms = await this.#source.rows<RoomToCheck>(
        `SELECT id, slug FROM rooms WHERE id > ? ORDER BY id LIMIT ${String(ROOMS_PAGE)}`,
        [after],
      );
      for (const room of rooms) await this.#check(room);
      const last = rooms.at(-1);
      if (!last) return;
      after = last.id;
    }
  }

  async #check(room: RoomToCheck): Promise<void> {
    const summary = this.#summary;
    const check = new RoomCheck(this.#source, room, {
      repairs: this.#options.repairs,
      looksForKeys: this.#looksForKeys,
      progress: (entries) => {
        summary.entries += entries;
        const { rooms } = summary;
        const { slug } = room;
        this.#ears.progress({ slug, rooms, entries: summary.entries, expected: this.#expected });
      },
    });
    const isThere = await check.run();
    summary.rooms++;
    if (!isThere) return;
    if (check.isRepaired) summary.repaired++;
    const { findings, entries } = check;
    this.#tell({ slug: room.slug, roomId: room.id, entries, findings });
  }

  async #lookForHeadsOfNone(): Promise<void> {
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const heads = await this.#source.rows<{ id: number; last_seq: number }>(
        `SELECT h.room_id AS id, h.last_seq FROM room_heads h LEFT JOIN rooms r ON r.id = h.room_id
         WHERE r.id IS NULL AND h.room_id > ? ORDER BY h.room_id LIMIT ${String(ROOMS_PAGE)}`,
        [after],
      );
      for (const { id, last_seq: last } of heads) {
        const findings = new Findings();
        const text = `there is a head, ${String(last)}, and no room`;
        findings.add({ fault: 'no-room', seq: null, text });
        this.#tell({ slug: null, roomId: id, entries: 0, findings });
      }
      const last = heads.at(-1);
      if (!last) return;
      after = last.id;
    }
  }

  /** From room to room by the index: not by reading all entries. */
  async #lookForEntriesOfNone(): Promise<void> {
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const ids: number[] = [];
      while (ids.length < ROOMS_PAGE) {
        const [next] = await this.#source.rows<{ id: number }>(
          'SELECT room_id AS id FROM room_entries WHERE room_id > ? ORDER BY room_id LIMIT 1',
          [after],
        );
        if (!next) break;
        after = next.id;
        ids.push(after);
      }
      if (ids.length === 0) return;
      await this.#tellOfStrays(ids);
    }
  }

  async #tellOfStrays(ids: number[]): Promise<void> {
    const marks = ids.map(() => '?').join(', ');
    const rooms = await this.#source.rows<{ id: number }>(
      `SELECT id FROM rooms WHERE id IN (${marks})`,
      ids,
    );
    const known = new Set(rooms.map(({ id }) => id));
    const strays = ids.filter((id) => !known.has(id));
    if (strays.length === 0) return;
    const before = new Map<number, number | null>();
    for (const id of strays) before.set(id, (await this.#bounds(id)).first);
    await delay(ERASING_MS);
    for (const id of strays) {
      const { first, last } = await this.#bounds(id);
      // Its gateway is at it.
      if (first === null || first !== before.get(id)) continue;
      const findings = new Findings();
      const text = `there are entries from ${String(first)} to ${String(last)}, and no room`;
      findings.add({ fault: 'stray-entries', seq: first, text });
      this.#tell({ slug: null, roomId: id, entries: 0, findings });
    }
  }

  async #bounds(roomId: number): Promise<{ first: number | null; last: number | null }> {
    const [row] = await this.#source.rows<{ first: number | null; last: number | null }>(
      'SELECT MIN(seq) AS first, MAX(seq) AS last FROM room_entries WHERE room_id = ?',
      [roomId],
    );
    return row ?? { first: null, last: null };
  }

  #tell(found: Found): void {
    const { counts } = found.findings;
    if (counts.size === 0) return;
    const { faults } = this.#summary;
    for (const [fault, count] of counts) faults[fault] = (faults[fault] ?? 0) + count;
    this.#ears.found(found);
  }
}
