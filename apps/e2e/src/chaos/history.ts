/** ms since the run began, on the one clock of the process that runs all clients. */
type Ms = number;

interface Base {
  at: Ms;
  /** Whose: unique in a run. */
  client: string;
  /** The room's slug, or the Pusher channel's name. */
  room: string;
}

/** What a client of a run did or saw, in the order in which it happened to that client. Nobody but the checker reads it. */
export type HistoryEvent =
  /** Given to the client library to be sent. `key` is the idempotency key. */
  | (Base & { type: 'send'; key: string; text: string })
  /** The acknowledgement. */
  | (Base & { type: 'ok'; key: string; seq: number })
  /** The library has given the message up, with the server's code. */
  | (Base & { type: 'refused'; key: string; code: string })
  /** An entry of the log as it was given to this reader, live or when it resumed. */
  | (Base & { type: 'entry'; seq: number; text: string | null })
  /** The reader was told that it is not given this range. */
  | (Base & { type: 'gap'; from: number; to: number })
  /** An entry that the reader paged from history after a gap. */
  | (Base & { type: 'paged'; seq: number; text: string | null })
  /** The reader was told to start over; what it is given from here begins at its next entry. */
  | (Base & { type: 'reset' })
  /** The room's keeper is told that this message is withdrawn. */
  | (Base & { type: 'withdrawn'; seq: number })
  /** The room's keeper asks that whose keys begin so says nothing any more. */
  | (Base & { type: 'mute'; keys: string })
  /** A viewer count that this client was told of the room. */
  | (Base & { type: 'viewers'; count: number })
  /** The state of the client's connection or its place in the room. */
  | (Base & { type: 'state'; state: 'joined' | 'away' })
  /** The client stops reading its socket for so long: what it sees late meanwhile is its own doing. */
  | (Base & { type: 'stalled'; ms: number })
  /** Pusher: a publication, tried as `send` before, was accepted by the HTTP API; seen by a subscriber; presence as a subscriber sees it. */
  | (Base & { type: 'published'; text: string })
  | (Base & { type: 'event'; text: string })
  | (Base & { type: 'members'; ids: readonly string[] })
  /** Something that no client should see: an error event, a frame that breaks the protocol. */
  | (Base & { type: 'error'; text: string });

/** One fault as it was made. */
export interface FaultRecord {
  /** Of the kinds in faults/, for example `gateway-kill`. */
  kind: string;
  /** What exactly, for people: `gateway 2 stopped for 7.3 s`. */
  what: string;
  /** When it began; when it was taken back or had done its work; ms since the run began. */
  from: Ms;
  to: Ms;
  /** Gateways (by index), or all: whose clients may notice. */
  gateways: readonly number[];
}
