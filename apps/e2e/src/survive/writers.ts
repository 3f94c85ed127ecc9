import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { HubbubClient, type Room } from '@hubbub/client';
import { socketUrl } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

const STEP_MS = 10;

export interface WritersOptions {
  /** Of Nginx or a gateway, `http://…`. Writers go to them by turns. */
  doors: readonly string[];
  /** One writer for each. The SDK waits for each `ok` before it sends the next to a room: of a busy one there have to be several. */
  tokens: readonly string[];
  rooms: readonly string[];
  /** Of all of them together, over all rooms by turns. */
  perSecond: number;
  /** Stands behind what makes each message another one. */
  filler?: string;
}

/** Who talks where: nobody is idle, and no room without a writer. */
function placesOf({
  tokens,
  rooms,
}: Pick<WritersOptions, 'tokens' | 'rooms'>): { writer: number; room: string }[] {
  return Array.from({ length: Math.max(tokens.length, rooms.length) }, (_, i) => ({
    writer: i % tokens.length,
    room: rooms[i % rooms.length] ?? '',
  }));
}

/** Those who talk, by the clock and through the SDK: what is not acknowledged yet it sends again by itself. */
export class Writers {
  /** By room: what was said under each number that was acknowledged. */
  readonly acknowledged = new Map<string, Map<number, string>>();
  readonly problems: string[] = [];
  /** The longest that one has waited for its `ok`, in ms. */
  slowestMs = 0;
  readonly #clients: HubbubClient[];
  readonly #rooms: Room[];
  readonly #options: WritersOptions;
  #said = 0;
  #isOver = false;
  #talking: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<Promise<void>>();

  constructor(options: WritersOptions) {
    this.#options = options;
    const { doors, tokens, rooms } = options;
    this.#clients = tokens.map(
      (token, i) =>
        new HubbubClient({
          url: socketUrl(doors[i % doors.length] ?? ''),
          token,
          WebSocket,
          // The longest time away there may be is still less than this many messages.
          outboxLimit: 10_000,
          log: { error: (message) => this.problems.push(message) },
        }),
    );
    for (const client of this.#clients) client.connect();
    for (const slug of rooms) this.acknowledged.set(slug, new Map());
    this.#rooms = placesOf(options).flatMap(({ writer, room }) => {
      const client = this.#clients[writer];
      return client ? [client.join(room)] : [];
    });
  }

  /** Resolves when they are there, and talk. */
  async start(): Promise<void> {
    await waitFor(() => this.#rooms.every(({ state }) => state.status === 'joined'), {
      what: 'all writers have joined',
      timeoutMs: 30_000,
    });
    this.#talking = this.#talk();
  }

  /** Says no more; resolves when all that was said is acknowledged. @throws {Error} where that takes longer than a minute. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#talking;
    await waitFor(() => this.#waiting.size === 0, {
      what: 'all that was said is acknowledged',
      timeoutMs: 60_000,
    });
  }

  /** The room of each connection that has joined one. */
  get places(): string[] {
    return this.#rooms.map(({ slug }) => slug);
  }

  /** Messages that were acknowledged. */
  get count(): number {
    return [...this.acknowledged.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** By room: the last number that was acknowledged. */
  get heads(): Record<string, number> {
    return Object.fromEntries(
      [...this.acknowledged].map(([room, said]) => [room, Math.max(0, ...said.keys())]),
    );
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#talking;
    await Promise.all(this.#clients.map((it) => it.close()));
  }

  async #talk(): Promise<void> {
    const { perSecond } = this.#options;
    const began = performance.now();
    while (!this.#isOver) {
      const due = ((performance.now() - began) / 1_000) * perSecond;
      while (this.#said < due) this.#say();
      await delay(STEP_MS);
    }
  }

  #say(): void {
    const n = this.#said++;
    const room = this.#rooms[n % this.#rooms.length];
    if (!room) return;
    const text = `${String(n)} ${this.#options.filler ?? ''}`.trim();
    const saidAt = performance.now();
    const done = room.send({ text }).done.then(
      ({ seq }) => {
        this.slowestMs = Math.max(this.slowestMs, performance.now() - saidAt);
        const said = this.acknowledged.get(room.slug);
        if (said?.has(seq))
          this.problems.push(`${room.slug}: ${String(seq)} was acknowledged twice`);
        said?.set(seq, text);
      },
      (error: unknown) => {
        this.problems.push(`${room.slug}: a message was given up: ${String(error)}`);
      },
    );
    this.#waiting.add(done);
    void done.finally(() => this.#waiting.delete(done));
  }
}
