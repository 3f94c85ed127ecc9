import { LIMITS } from '@hubbub/protocol';
import type { ConnectionLimits } from '../accounts/connection-limits';
import type { SessionRevocations } from '../accounts/session-revocations';
import { onBeat } from '../beat';
import type { Settings } from '../env';
import { visitInSlices } from '../fanout/slices';
import { drainSlices } from '../ops/drain-slices';
import type { Metrics } from '../ops/metrics';
import type { RoomService } from '../rooms/room.service';
import type { Connection } from './connection';

const SWEEP_MS = 1_000;

export interface ConnectionsOptions {
  settings: Pick<Settings, 'GATEWAY_ID' | 'HEARTBEAT_SECONDS' | 'ROOMS_PER_CONNECTION'>;
  revocations: SessionRevocations;
  rooms: RoomService;
  limits: ConnectionLimits;
  metrics: Metrics;
}

/** The connections of this gateway: their welcome and their leaving, their heartbeat, the end of their sessions, and the drain. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #options: ConnectionsOptions;
  readonly #heartbeatMs: number;
  readonly #endBeat: () => void;
  readonly #stopListening: () => void;
  #isSweeping = false;
  #sweptAt = performance.now();
  #isSweptLate = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#heartbeatMs = options.settings.HEARTBEAT_SECONDS * 1_000;
    this.#endBeat = onBeat(SWEEP_MS, () => {
      this.#sweep();
    });
    this.#stopListening = options.revocations.onRevoked(({ id }) => {
      for (const connection of this.#all) {
        if (connection.session?.id === id) connection.close('sessionEnded');
      }
    });
  }

  /** A connection is open: it is told who it is and what it may do (P4). */
  opened(connection: Connection): void {
    this.#all.add(connection);
    const { settings, limits, metrics } = this.#options;
    limits.add(connection.address, connection.user);
    metrics.connections.inc();
    const data = {
      connection: connection.id,
      gateway: settings.GATEWAY_ID,
      user: connection.user,
      now: Date.now(),
      heartbeatMs: this.#heartbeatMs,
      limits: {
        frameBytes: LIMITS.frameBytes,
        textChars: LIMITS.textChars,
        rooms: settings.ROOMS_PER_CONNECTION,
      },
    };
    connection.writeText(JSON.stringify({ event: 'welcome', data }));
  }

  /** A connection has ended, with this close code. */
  closed(connection: Connection, code: number): void {
    this.#all.delete(connection);
    this.#options.limits.delete(connection.address, connection.user);
    this.#options.metrics.connections.dec();
    this.#options.metrics.closes.inc({ code: String(code) });
    this.#options.rooms.leaveAll(connection);
  }

  /**
   * Tells everybody, then closes them slice by slice over `overMs`, so that the gateways they go to are not run over (G8).
   * Resolves when all are closed or the time is over.
   */
  async drain(overMs: number): Promise<void> {
    const { slices, sliceMs } = drainSlices([...this.#all], overMs);
    for (const [i, slice] of slices.entries()) {
      const data = { code: 'drain', reconnectInMs: Math.round(i * sliceMs) };
      const notice = JSON.stringify({ event: 'notice', data });
      await inSlices(slice, (connection) => {
        connection.writeText(notice);
        connection.flush();
      });
    }
    for (const slice of slices) {
      const next = new Promise((resolve) => setTimeout(resolve, sliceMs));
      await inSlices(slice, (connection) => {
        // What is in flight is answered first; the socket closes behind the answers.
        if (connection.unanswered === 0) connection.close('goingAway');
      });
      await next;
    }
    await inSlices([...this.#all], (connection) => {
      connection.close('goingAway');
    });
  }

  close(): void {
    this.#endBeat();
    this.#stopListening();
    for (const connection of this.#all) connection.ws.terminate();
  }

  #sweep(): void {
    // Pings to thousands of connections that came together are a write to each: one sweep may take several turns.
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const now = performance.now();
    const wallNow = Date.now();
    // A gateway that was held up has not read what they said meanwhile: it asks, and nobody is silent before the next sweep.
    this.#isSweptLate = !this.#isSweptLate && now - this.#sweptAt > 1.5 * SWEEP_MS;
    this.#sweptAt = now;
    visitInSlices(
      [...this.#all],
      (connection) => {
        this.#check(connection, now, wallNow);
      },
      () => {
        this.#isSweeping = false;
      },
    );
  }

  /** P5: who is silent is pinged, and closed when that gets no answer either. */
  #check(connection: Connection, now: number, wallNow: number): void {
    const { session } = connection;
    if (session && session.expiresAt <= wallNow) connection.close('sessionEnded');
    const silentMs = now - connection.heardAt;
    if (silentMs > 2 * this.#heartbeatMs && !this.#isSweptLate) {
      connection.close('silent');
      // A peer that is silent will not answer the close either.
      connection.ws.terminate();
      return;
    }
    const dueInMs = this.#heartbeatMs - (now - connection.pingedAt);
    if (dueInMs < SWEEP_MS / 2) connection.ping();
    else if (dueInMs < 1.5 * SWEEP_MS) connection.pingSoon();
  }
}

/** Resolves when each was visited; none of the turns that it takes holds the event loop for long. */
function inSlices<T>(all: readonly T[], visit: (one: T) => void): Promise<void> {
  return new Promise((resolve) => {
    visitInSlices(all, visit, () => {
      resolve();
    });
  });
}
