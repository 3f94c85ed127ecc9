/** What the clients of a run know of themselves when it is over: with the history, what the checker goes by. */
export interface Ending {
  /** Rooms, by slug, each with the clients that follow its log from the first entry on. */
  readers: ReadonlyMap<string, readonly string[]>;
  /** The user that a client is in a presence channel. */
  members: ReadonlyMap<string, string>;
  /** When the first of them left of their own will, ms since the run began. */
  leftAt: number;
  /** When the clients' own process got no core, ms since the run began: what was late then may have been late here. */
  stalls: readonly Stall[];
  /** When a gateway or Redis had work and no core, ms since the run began: what was late then was late for want of one. */
  waits: readonly Stall[];
  /** What each gateway answered after half of the clients had gone. */
  counts: readonly Count[];
}

export interface Stall {
  from: number;
  to: number;
}

/** What a gateway says by HTTP of who is in a room or a channel. */
export interface Count {
  gateway: number;
  /** The room's slug, or the channel's name. */
  room: string;
  /** Asked when, ms since the run began: at once where it was true, else 5 s after the last one had gone. */
  at: number;
  /** Null where it gave no answer. */
  connections: number | null;
  /** Of a presence channel; null where it is none, or gave no answer. */
  users: readonly string[] | null;
}
