/**
 * The bus channel on which everything of a Pusher channel is told: its events, and the news of `Occupancy`. No app's id has a
 * space, so no app has a topic of another one.
 */
export const channelTopic = (app: string, channel: string) => `hubbub:channel:${app} ${channel}`;

/** One subscription of a channel, in a presence channel that of a member. */
export interface Seat {
  readonly app: string;
  readonly channel: string;
  readonly member?: Member;
}

export interface Member {
  readonly id: string;
  /** JSON; null where there is none. */
  readonly info: string | null;
}

/** Who is in a presence channel, over all gateways. */
export interface Roster {
  /** False while Redis, which had lost its data, is being told anew: some may be missing. */
  readonly isWhole: boolean;
  /**
   * Counts the changes. A channel that was empty, or that Redis has forgotten, begins again with a higher one than any it had: it
   * never goes back. 0 for an empty channel.
   */
  readonly version: number;
  /** `info` by user id. */
  readonly members: ReadonlyMap<string, string | null>;
}

/**
 * What is told on a channel's topic when its occupancy has changed, as JSON. A member joins with the first of their connections,
 * wherever that is, and leaves with the last, each told once. `version` is one more than that of the news before it; where it is
 * not, something was missed (or the channel was empty meanwhile), and the roster has to be read again.
 */
export type OccupancyNews =
  | { type: 'joined'; version: number; user: string; info: string | null }
  | { type: 'left'; version: number; user: string }
  /** Subscriptions of a channel without members have become this many over all gateways. Several changes may be told as one. */
  | { type: 'count'; subscriptions: number };

/** What webhooks tell of occupancy. */
export interface Transition {
  /** The same transition always has the same id, also when it is handed over again. */
  readonly id: string;
  readonly kind:
    | 'channel_occupied'
    | 'channel_vacated'
    | 'member_added'
    | 'member_removed'
    | 'subscription_count';
  readonly app: string;
  readonly channel: string;
  readonly user?: string;
  readonly subscriptions?: number;
  /** Unix ms. */
  readonly at: number;
}

/**
 * - `entered`: counted over all gateways.
 * - `full`: the limit is reached; nothing is counted.
 * - `alone`: Redis does not answer; counted here, and told to the others when it does.
 */
export type Entered = 'entered' | 'full' | 'alone';

/**
 * How many subscriptions each channel has, and who is in it, over all gateways (G7). Each gateway tells its own share as a lease:
 * when the gateway dies, its share goes with it, within 4 s, with the same news and transitions as if everybody had left. No
 * gateway ever asks another one.
 */
export interface Occupancy {
  /** Whether what is told is of all gateways: not while Redis is away, nor for a while after it has lost its data. */
  readonly isWhole: boolean;

  /** Called whenever that is true again: something may have been missed. */
  onWhole(listener: () => void): void;

  /** Takes a seat. `limit`: how many members (in a seat without one: subscriptions) the channel may have at most. */
  enter(seat: Seat, limit?: number): Promise<Entered>;

  /** Gives a seat up that was `entered` or `alone`. */
  leave(seat: Seat): void;

  /** Subscriptions of each channel over all gateways, in the order asked for. While Redis is away: this gateway's. */
  counts(app: string, channels: readonly string[]): Promise<number[]>;

  /** Members of each channel over all gateways, in the order asked for. While Redis is away: this gateway's. */
  memberCounts(app: string, channels: readonly string[]): Promise<number[]>;

  /** Subscriptions of all channels that have any and whose names begin with `prefix`. While Redis is away: this gateway's. */
  channels(app: string, prefix: string): Promise<Map<string, number>>;

  /** Null while nobody knows for sure: Redis is away, or has come back empty and is being told who is there (3 s). */
  roster(app: string, channel: string): Promise<Roster | null>;

  /**
   * Whether an app's transitions are kept for webhooks, by this gateway's word: it replaces what the gateway said of the app before.
   * They are kept while one gateway or more says so. Nothing of channels whose names begin with `#` is ever kept.
   */
  keepTransitionsOf(app: string, kept: boolean): void;

  /**
   * Hands over the transitions of all gateways, each at least once, those of one channel in order, to one of those who consume. A
   * leave is held back for 3 s (counted from the last sign of life where the gateway died); whoever comes back within them has
   * neither left nor come. A batch for which `handle` throws is handed over again. What Redis loses before it was handed over is
   * lost. Returns what ends it.
   */
  consumeTransitions(handle: (batch: Transition[]) => Promise<void>): () => Promise<void>;

  /** Gives up this gateway's share: as if everybody here had left. */
  close(): Promise<void>;
}
