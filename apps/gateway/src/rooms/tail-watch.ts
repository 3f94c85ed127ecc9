import type { Log } from '../log';
import type { RoomLog } from '../store/room-log';
import type { LiveRoom } from './live-room';

const HEADS_CHUNK = 1_000;

export interface TailWatchOptions {
  roomLog: RoomLog;
  log: Log;
  /** The open rooms, by id. */
  rooms: ReadonlyMap<number, LiveRoom>;
  /** Called for a room whose log ends before what this gateway has given out of it. */
  wentBack: (room: LiveRoom) => void;
}

/** Asks the database for the heads of the open rooms: what was published and lost is seen by them (G5), and so is a log that has gone back. */
export class TailWatch {
  readonly #options: TailWatchOptions;
  /** Rooms whose head is wrong and whose log is whole: said once for each opening. */
  readonly #told = new WeakSet<LiveRoom>();
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: TailWatchOptions) {
    this.#options = options;
  }

  /** Resolves when all were looked at. One look at a time: who asks meanwhile waits for that one. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const ids = [...this.#options.rooms.keys()];
    try {
      for (let i = 0; i < ids.length; i += HEADS_CHUNK) {
        await this.#lookAt(ids.slice(i, i + HEADS_CHUNK));
      }
    } catch (error) {
      this.#options.log.debug('rooms: the database does not name the heads', {
        error: String(error),
      });
    }
  }

  async #lookAt(ids: readonly number[]): Promise<void> {
    const { rooms, roomLog } = this.#options;
    const askedAt = performance.now();
    // From before the question: what is committed while it is on its way is beyond its answer.
    const hadBefore = ids.map((id) => ({
      id,
      room: rooms.get(id),
      had: rooms.get(id)?.feed.head ?? 0,
    }));
    const tails = await roomLog.tails(ids);
    for (const { id, room, had } of hadBefore) {
      const tail = tails.get(id);
      if (!tail || !room) continue;
      if (tail.seq < had) await this.#lookBack(room, tail.seq, had);
      if (rooms.get(id) !== room) continue;
      // Before the entries: whoever may not read them any more is sent away first.
      if (room.isPolicyBehind(tail.policyVersion) && !(await room.changePolicy())) continue;
      room.feed.observe(tail.seq, askedAt);
    }
  }

  /**
   * The database names a head that is below what it had: it was restored to an earlier moment. Or somebody has changed the counter
   * alone, and its entries are all there: nobody would find anything else by coming back.
   */
  async #lookBack(room: LiveRoom, head: number, had: number): Promise<void> {
    const { roomLog, log, rooms, wentBack } = this.#options;
    const last = (await roomLog.read(room.id, { limit: 1 }))[0]?.seq ?? 0;
    if (this.#isClosed || rooms.get(room.id) !== room) return;
    if (last >= had) {
      if (!this.#told.has(room)) {
        log.error('rooms: the head is behind the entries, and the room takes none', {
          roomId: room.id,
          head,
          last,
        });
      }
      this.#told.add(room);
      return;
    }
    log.error('rooms: the database has gone back; who is in the room joins it anew', {
      roomId: room.id,
      head,
      had,
    });
    wentBack(room);
  }
}
