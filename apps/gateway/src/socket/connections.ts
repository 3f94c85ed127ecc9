import { LIMITS } from '@hubbub/protocol';
import type { SessionRevocations } from '../accounts/session-revocations';
import { drainSlices } from '../ops/drain-slices';
import type { Connection } from './connection';

const SWEEP_MS = 1_000;

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
    const { slices, sliceMs } = drainSlices([...this.#all], overMs);
    slices.forEach((slice, i) => {
      const data = { code: 'drain', reconnectInMs: Math.round(i * sliceMs) };
      const notice = JSON.stringify({ event: 'notice', data });
      for (const connection of slice) connection.writeText(notice);
    });
    for (const slice of slices) {
      for (const connection of slice) {
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
