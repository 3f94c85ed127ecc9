import type { Outgoing } from './outgoing';

/**
 * A connection as the fan-out sees it. Whatever can take a frame and tell how much of what it took is still unsent can be a
 * peer of a topic.
 */
export interface Peer {
  /** False once it is closing: nothing is written any more. */
  readonly isOpen: boolean;
  /** Bytes written here that the network has not taken yet. */
  readonly backlogBytes: number;
  /** Hands the ready-made bytes to the network. Never throws, never waits. */
  write(outgoing: Outgoing): void;
  /** Ends a connection that does not read, in a way that lets it come back. */
  giveUp(): void;
}

/** Above this a peer is skipped until it has read what it was sent (G6). */
export const BACKLOG_LIMIT_BYTES = 256 * 1024;
/** Below this a skipped peer is brought up to date. */
export const BACKLOG_RESUME_BYTES = 32 * 1024;
/** Of messages that cannot be sent again: above this a peer is given up, for it would miss some and not know. */
export const TOPIC_BACKLOG_LIMIT_BYTES = 1024 * 1024;
