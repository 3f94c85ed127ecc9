import WebSocket from 'ws';
import { HubbubClient, type Gap, type Room } from '@hubbub/client';
import type { Entry } from '@hubbub/protocol';
import { socketUrl } from '../../testing/raw-client';
import type { Observations } from './observations';

/** One connection of the SDK, with the SDK's own patience, that follows one room from its first entry. */
export class Viewer {
  readonly room: Room;
  readonly #client: HubbubClient;
  readonly #observations: Observations;
  /** The last that it was given, or was told that it is not given. */
  #at = 0;
  #lostAt: number | null = null;
  /** By the wall clock: who was not there then is not told at once. */
  #joinedAt = Infinity;

  constructor(
    door: string,
    readonly slug: string,
    observations: Observations,
  ) {
    this.#observations = observations;
    this.#client = new HubbubClient({
      url: socketUrl(door),
      // Thousands that inflate on one machine would be what is measured.
      connect: ({ url, protocols }) => new WebSocket(url, protocols, { perMessageDeflate: false }),
      log: {
        error: (message) => {
          observations.problem(message);
        },
      },
    });
    this.#client.on('state', (state) => {
      if (state.status === 'open') observations.welcomed(state.welcome.gateway);
      else if (state.status === 'waiting') this.#lost(state.reason);
      else if (state.status === 'closed' && state.reason !== 'closed-by-app')
        observations.problem(`a viewer does not come back: ${state.reason}`);
    });
    this.room = this.#client.join(slug, {
      after: 0,
      onEntries: (entries) => {
        for (const entry of entries) this.#take(entry);
      },
      onGap: (gap) => {
        this.#takeGap(gap);
      },
      onReset: () => {
        observations.problem(`${slug}: its log is shorter than it was`);
      },
    });
    this.room.on('state', ({ status }) => {
      if (status === 'joined') this.#joined();
      else if (status === 'refused') observations.problem(`${slug} was refused to a viewer`);
    });
    this.#client.connect();
  }

  get isJoined(): boolean {
    return this.room.state.status === 'joined';
  }

  /** The id of the gateway that it is at; null for none. */
  get gateway(): string | null {
    const { state } = this.#client;
    return state.status === 'open' ? state.welcome.gateway : null;
  }

  /** It has everything up to there. */
  has(seq: number): boolean {
    return this.isJoined && this.#at >= seq;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #lost(reason: string): void {
    this.#joinedAt = Infinity;
    if (this.#lostAt === null) this.#observations.lost(reason);
    else this.#observations.failed(reason);
    this.#lostAt ??= performance.now();
  }

  #joined(): void {
    if (this.#lostAt !== null) this.#observations.back(performance.now() - this.#lostAt);
    this.#lostAt = null;
    this.#joinedAt = Date.now();
  }

  #take(entry: Entry): void {
    const { seq, at } = entry;
    if (seq !== this.#at + 1)
      this.#observations.problem(
        `${this.slug}: a viewer got ${String(seq)} after ${String(this.#at)}`,
      );
    this.#at = Math.max(this.#at, seq);
    const text = entry.kind === 'message' && 'text' in entry ? entry.text : entry.kind;
    this.#observations.saw(this.slug, seq, text);
    if (at > this.#joinedAt) this.#observations.seen.add(Date.now() - at);
  }

  /** Of a room that is not thinned nobody should be told so: whoever looks at the figures is. */
  #takeGap({ omitted }: Gap): void {
    this.#observations.omitted += omitted;
    this.#at += omitted;
  }
}
