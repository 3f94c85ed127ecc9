import type { Peer } from '../fanout/peer';

/** What carries a Pusher connection: a WebSocket, or the HTTP fallback. */
export interface Transport extends Peer {
  /** Writes one message. Never throws, never waits. */
  writeText(text: string): void;
  /** Asks the network whether anybody is there, where it can tell. */
  ping(): void;
  /** Ends the connection behind everything that was written. `code` is one of the protocol's close codes. */
  close(code: number, reason: string): void;
  /** Ends it at once: nobody is there any more. */
  terminate(): void;
}

/** What a client says of itself when it connects. */
export interface Handshake {
  readonly key: string;
  /** The query of its request: `protocol`, `client`, `version`. */
  readonly query: URLSearchParams;
  /** Whether it came by TLS, as far as the proxies before this gateway are trusted. */
  readonly isSecure: boolean;
  readonly address: string;
  readonly userAgent: string;
}
