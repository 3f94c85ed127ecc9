/**
 * What the inflater of a connection has of the messages before (RFC 7692, context takeover). Only what is sent compressed gets into
 * it, so frames in the clear may be in between.
 */
export interface InflateWindow {
  /** False where the client wants each message to stand by itself. */
  readonly isKept: boolean;
  /** The link of the frame that it ends with; null where nothing follows on that. */
  endsWith: object | null;
}

/** One or several text messages that go to many connections, ready-made. Each form is made when the first asks for it. */
export interface Outgoing {
  /** Frames of RFC 6455, one behind the other. */
  readonly plain: Buffer;
  /** The same, compressed where that pays, for a socket that negotiated permessage-deflate and is then sent these very bytes. */
  deflatedFor(window: InflateWindow): Buffer;
  /** The messages themselves, for what is no WebSocket. */
  readonly texts: readonly string[];
}
