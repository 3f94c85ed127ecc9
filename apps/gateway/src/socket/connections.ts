import { LIMITS } from '@hubbub/protocol';
import type { SessionRevocations } from '../accounts/session-revocations';
import type { Connection } from './connection';

const SWEEP_MS = 1_000;
/** A drain closes this share of the connections in each slice. */
const DRAIN_SLICES = 20;

/** The connections of this gateway: their heartbeat, the end of their sessions, and the drain. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;

  constructor(
    revocations: SessionRevocations,
    private readonly heartbeatMs: number = LIMITS.heartbeatMs,
  ) {
    this.#timer = setInterval(() => {
      this.#sweep();
    }, SWEEP_MS);
    this.#stopListening = revocations.onRevoked(({ id }) => {
      for (const connection of this.#all) {
        if (connection.session?.id === id) connection.close('sessionEnded');
      }
    });
  }

  get size(): number {
    return this.#all.size;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  delete(connection: Connection): void {
    this.#all.delete(connection);
  }

  /**
   * Tells everybody, then closes them slice by slice over `overMs`, so that the gateways they go to are not run over (G8).
   * Resolves when all are closed or the time is over.
   */
  async drain(overMs: number): Promise<void> {
    const all = [...this.#all];
    const perSlice = Math.ceil(all.length / DRAIN_SLICES);
    const sliceMs = overMs / DRAIN_SLICES;
    all.forEach((connection, i) => {
      const reconnectInMs = Math.round(Math.floor(i / perSlice) * sliceMs);
      connection.writeText(
        JSON.stringify({ event: 'notice', data: { code: 'drain', reconnectInMs } }),
      );
    });
    for (let i = 0; i < all.length; i += perSlice) {
      for (const connection of all.slice(i, i + perSlice)) {
        // What is in flight is answered first; the socket closes behind the answers.
        if (connection.lanes.size === 0) connection.close('goingAway');
      }
      await new Promise((resolve) => setTimeout(resolve, sliceMs));
    }
    for (const connection of this.#all) connection.close('goingAway');
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    for (const connection of this.#all) connection.ws.terminate();
  }

  /** P5: who is silent is pinged, and closed when that gets no answer either. */
  #sweep(): void {
    const now = performance.now();
    const wallNow = Date.now();
    for (const connection of this.#all) {
      const { session } = connection;
      if (session && session.expiresAt <= wallNow) connection.close('sessionEnded');
      const silentMs = now - connection.heardAt;
      if (silentMs > 2 * this.heartbeatMs) {
        connection.close('silent');
        // A peer that is silent will not answer the close either.
        connection.ws.terminate();
      } else if (now - connection.pingedAt >= this.heartbeatMs) {
        connection.pingedAt = now;
        if (connection.isOpen) connection.ws.ping();
      }
    }
  }
}
