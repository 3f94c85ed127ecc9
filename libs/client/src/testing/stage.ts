import { WebSocket } from 'ws';
import type { Entry } from '@hubbub/protocol';
import { HubbubClient } from '../hubbub-client';
import type { Room } from '../room';
import type { Gap, HubbubClientOptions } from '../types';
import { ScriptedPeer } from './scripted-peer';

/** Resolves when the condition holds. It is asked again and again, for at most twenty seconds. */
export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A peer and its clients, closed together. */
export class Stage {
  readonly errors: Error[] = [];
  readonly #clients: HubbubClient[] = [];

  readonly #url: string;

  private constructor(readonly peer: ScriptedPeer) {
    this.#url = peer.url;
  }

  static async open(): Promise<Stage> {
    return new Stage(await ScriptedPeer.open());
  }

  client(options: Partial<HubbubClientOptions> = {}): HubbubClient {
    const client = new HubbubClient({
      url: this.#url,
      WebSocket,
      backoff: { firstMs: 5, maxMs: 20 },
      // Longer than a machine holds a process up: nothing is asked twice unless a test wants it.
      requestTimeoutMs: 10_000,
      log: {},
      ...options,
    });
    client.on('error', (error) => this.errors.push(error));
    this.#clients.push(client);
    return client;
  }

  /** A client that is connected, and a room that it has joined. */
  async joined(
    slug = 'stage',
    options: Partial<HubbubClientOptions> = {},
  ): Promise<{ client: HubbubClient; room: Room; seen: Seen }> {
    const client = this.client(options);
    const room = client.join(slug);
    const seen = new Seen(room);
    client.connect();
    await until(() => room.state.status === 'joined', 'joined');
    return { client, room, seen };
  }

  /** Cuts the connection. Resolves in the turn in which the client notices, before it can be back. */
  async cutOff(client: HubbubClient): Promise<void> {
    const lost = new Promise<void>((resolve) => {
      const off = client.on('state', ({ status }) => {
        if (status === 'open') return;
        off();
        resolve();
      });
    });
    this.peer.cut();
    await lost;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.peer.close();
  }
}

/** What a room has given out, in its order. */
export class Seen {
  readonly entries: Entry[] = [];
  readonly gaps: Gap[] = [];
  readonly live: boolean[] = [];
  resets = 0;

  constructor(room: Room) {
    room.on('entries', (entries, { live }) => {
      this.entries.push(...entries);
      this.live.push(...entries.map(() => live));
    });
    room.on('gap', (gap) => this.gaps.push(gap));
    room.on('reset', () => {
      this.resets++;
      this.entries.length = 0;
      this.gaps.length = 0;
    });
  }

  get seqs(): number[] {
    return this.entries.map(({ seq }) => seq);
  }

  get last(): number {
    return this.seqs.at(-1) ?? 0;
  }
}

export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
