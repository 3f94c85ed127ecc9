import { LessThanOrEqual } from 'typeorm';
import type { Log } from '../log';
import type { Database } from '../store/database';
import { RoomEntryEntity } from '../store/entities/room-entry.entity';

/** Entries are deleted in steps, so that no step holds the database for long. */
const STEP = 2_000;

/**
 * Deletes the entries of removed rooms, after the answer. Nobody can read them any more: whatever is left of them after a crash
 * takes room, and nothing else.
 */
export class RoomEraser {
  readonly #database: Database;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(database: Database, log: Log) {
    this.#database = database;
    this.#log = log;
  }

  /** Begins to delete the entries 1…lastSeq. */
  begin(roomId: number, lastSeq: number): void {
    const run = this.#erase(roomId, lastSeq).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when nothing of this uses the database any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#running);
  }

  async #erase(roomId: number, lastSeq: number): Promise<void> {
    try {
      const entries = this.#database.repository(RoomEntryEntity);
      for (let seq = STEP; !this.#isClosed; seq += STEP) {
        await entries.delete({ roomId, seq: LessThanOrEqual(seq) });
        if (seq >= lastSeq) return;
      }
    } catch (error) {
      this.#log.warn('rooms: entries of a removed room are left in the database', {
        roomId,
        error: String(error),
      });
    }
  }
}
