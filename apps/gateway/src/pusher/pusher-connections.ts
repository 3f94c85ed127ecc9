import { randomInt } from 'node:crypto';
import { onBeat } from '../beat';
import { drainSlices } from '../ops/drain-slices';
import { CLOSES } from './protocol';
import type { PusherConnection } from './pusher-connection';

const SWEEP_MS = 1_000;
const NUMBER_MAX = 10_000_000_000;

export interface PatienceMs {
  /** A connection that has been silent this long is pinged. */
  readonly pingAfterMs: number;
  /** A connection that has been silent this long is closed 4201. */
  readonly closeAfterMs: number;
  /** A connection whose client has sent no message for this long is closed 4202, even where its network answers pings. */
  readonly inactiveMs: number;
  /** Where an app has authorized connections only: who has not shown who they are by then is closed 4009. */
  readonly authorizeMs: number;
}

/** The Pusher connections of this gateway: their ids, their heartbeat, and the drain. */
export class PusherConnections {
  /** The first half of all socket ids given out here, so that their gateway can be found from an id. */
  readonly number = String(randomInt(1, NUMBER_MAX));
  readonly #all = new Map<string, PusherConnection>();
  readonly #endBeat: () => void;
  #next = randomInt(1, NUMBER_MAX / 10);

  constructor(private readonly patience: PatienceMs) {
    this.#endBeat = onBeat(SWEEP_MS, () => {
      this.#sweep();
    });
  }

  get size(): number {
    return this.#all.size;
  }

  /** A socket id that no other connection has. */
  nextId(): string {
    return `${this.number}.${String(this.#next++)}`;
  }

  find(socketId: string): PusherConnection | undefined {
    return this.#all.get(socketId);
  }

  add(connection: PusherConnection): void {
    this.#all.set(connection.socketId, connection);
  }

  delete(connection: PusherConnection): void {
    this.#all.delete(connection.socketId);
  }

  /** Closes them slice by slice over `overMs`, so that the gateways they go to are not run over (G8). */
  async drain(overMs: number): Promise<void> {
    const { slices, sliceMs } = drainSlices([...this.#all.values()], overMs);
    for (const slice of slices) {
      for (const connection of slice) connection.close(CLOSES.closed);
      await new Promise((resolve) => setTimeout(resolve, sliceMs));
    }
    for (const connection of this.#all.values()) connection.close(CLOSES.closed);
  }

  close(): void {
    this.#endBeat();
    for (const connection of [...this.#all.values()]) connection.transport.terminate();
  }

  #sweep(): void {
    const now = performance.now();
    const { pingAfterMs, closeAfterMs, inactiveMs, authorizeMs } = this.patience;
    for (const connection of this.#all.values()) {
      if (!connection.transport.isOpen) {
        // It is being closed for what it does not read, and may never hear of that.
        connection.ended(CLOSES.tooSlow.code);
        continue;
      }
      const silentMs = now - connection.heardAt;
      const ageMs = Date.now() - connection.openedAt;
      if (silentMs > closeAfterMs) {
        connection.close(CLOSES.silent);
        // Who is silent will not answer the close either.
        connection.transport.terminate();
      } else if (Date.now() - connection.lastActiveAt > inactiveMs) {
        connection.close(CLOSES.inactive);
      } else if (
        connection.app.enableUserAuthentication &&
        !connection.isAuthorized &&
        ageMs > authorizeMs
      ) {
        connection.close(CLOSES.unauthorizedInTime);
      } else if (silentMs > pingAfterMs && now - connection.pingedAt > pingAfterMs) {
        connection.ping();
      }
    }
  }
}
