import type { ViewerDialect } from './dialects/dialect';
import { plainViewer } from './dialects/plain';
import { pusherViewer } from './dialects/pusher';
import { roomViewer } from './dialects/room';
import { socketIoViewer } from './dialects/socket-io';
import { Tally } from './tally';
import { Viewer } from './viewer';
import type { DialectName, Target } from './wire';

const DIALECTS: Record<DialectName, ViewerDialect> = {
  room: roomViewer,
  pusher: pusherViewer,
  'socket.io': socketIoViewer,
  plain: plainViewer,
};

/** Connections on their way at a time: fewer than a server's queue of new ones takes. */
const AT_ONCE = 128;
/** One of so many viewers reads at once and looks at what it gets. The others only count. */
const SAMPLE_EVERY = 50;
/**
 * With much to read those take turns, a group after the other, ten times a second: some frames in one call of the system, where
 * real clients would be on machines of their own. For 200,000 frames a second it takes 29 % of a core so, and 95 % without; the
 * server that sends them takes a sixth less, for it wakes the generator less often. So it is the same for all systems.
 */
const GROUPS = 10;
const GROUP_MS = 10;
/** With less to read in a room, turns save nothing. */
const TURNS_FROM_PER_SECOND = 20;
/** Servers of the Pusher protocol wait two minutes. */
const KEEPALIVE_MS = 50_000;

const NO_SCHEDULE = { first: Infinity, startsAt: 0, perSecond: 1 };

/** All viewers of one target. */
export class Viewers {
  readonly #target: Target;
  readonly #viewers: Viewer[] = [];
  readonly #keepalive: NodeJS.Timeout;
  #tally = new Tally(NO_SCHEDULE);
  #turns: NodeJS.Timeout | null = null;
  #turn = 0;

  constructor(target: Target) {
    this.#target = target;
    this.#keepalive = setInterval(() => {
      // Some may still be on their way.
      this.#viewers.forEach((viewer) => {
        viewer.keepAlive();
      });
    }, KEEPALIVE_MS);
  }

  get closed(): number {
    return this.#viewers.filter(({ isClosed }) => isClosed).length;
  }

  get count(): number {
    return this.#viewers.length;
  }

  /**
   * Opens or closes until there are so many, and opens anew what a server has closed; returns how many it has opened.
   *
   * @throws {Error} where one is refused.
   */
  async grow(count: number): Promise<number> {
    for (const viewer of this.#viewers.splice(count)) viewer.drop();
    const missing = Array.from({ length: count }, (_, i) => i).filter(
      (i) => this.#viewers[i]?.isClosed ?? true,
    );
    let next = 0;
    const openSome = async () => {
      for (let index = missing[next++]; index !== undefined; index = missing[next++]) {
        this.#viewers[index] = await this.#open(index);
      }
    };
    const openings = Array.from({ length: AT_ONCE }, openSome);
    try {
      await Promise.all(openings);
    } catch (error) {
      next = missing.length;
      await Promise.allSettled(openings);
      this.drop();
      throw error;
    }
    return missing.length;
  }

  drop(): void {
    for (const viewer of this.#viewers.splice(0)) viewer.drop();
  }

  /** Viewers of the room with this number. */
  inRoom(room: number): number {
    return Math.ceil((this.#viewers.length - room) / this.#target.rooms.length);
  }

  /** What comes is counted there from now on. */
  countIn(tally: Tally): void {
    this.#tally = tally;
  }

  /** Takes turns in reading until `readAtOnce`. */
  takeTurns(perSecond: number): void {
    if (perSecond / this.#target.rooms.length < TURNS_FROM_PER_SECOND) return;
    this.#turns = setInterval(() => {
      this.#readNextGroup();
    }, GROUP_MS);
  }

  readAtOnce(): void {
    if (!this.#turns) return;
    clearInterval(this.#turns);
    this.#turns = null;
    for (const viewer of this.#viewers) viewer.readAtOnce();
  }

  close(): void {
    this.readAtOnce();
    clearInterval(this.#keepalive);
    this.drop();
  }

  #open(index: number): Promise<Viewer> {
    const { dialect, ports, rooms, isCompressed } = this.#target;
    const turn = index + Math.floor(index / rooms.length);
    const group = Math.floor(index / SAMPLE_EVERY);
    return Viewer.open({
      dialect: DIALECTS[dialect],
      port: ports[turn % ports.length] ?? 0,
      room: rooms[index % rooms.length] ?? '',
      isCompressed,
      // Not always the same place in a group: they are of all rooms and ports, and come at all times of a flush.
      isSampled: index % SAMPLE_EVERY === (group * 7) % SAMPLE_EVERY,
      tally: () => this.#tally,
    });
  }

  #readNextGroup(): void {
    this.#turn = (this.#turn + 1) % GROUPS;
    for (let i = this.#turn; i < this.#viewers.length; i += GROUPS) {
      const viewer = this.#viewers[i];
      if (viewer && !viewer.isSampled) viewer.takeTurn();
    }
  }
}
