/** One or several text messages that go to many connections, ready-made. Each form is made when the first asks for it. */
export interface Outgoing {
  /** Frames of RFC 6455, one behind the other. */
  readonly plain: Buffer;
  /** The same, compressed where that pays, for sockets that negotiated permessage-deflate. */
  readonly deflated: Buffer;
  /** The messages themselves, for what is no WebSocket. */
  readonly texts: readonly string[];
}
