import { setTimeout as delay } from 'node:timers/promises';
import type { Gap, Room } from '@hubbub/client';
import type { Entry } from '@hubbub/protocol';
import type { Recorder } from './recorder';
import type { SdkClient } from './sdk-client';

const PAGE = 200;
const AGAIN_MS = 250;

/** Follows a room from its first entry, and pages what it is told it was not given. */
export class Reader {
  readonly room: Room;
  private readonly given = new Set<number>();
  private readonly recorder: Recorder;
  private readonly of: { client: string; room: string };
  private paging = Promise.resolve();
  private waiting = 0;
  private isOver = false;

  constructor(
    readonly client: SdkClient,
    { slug, recorder }: { slug: string; recorder: Recorder },
  ) {
    this.recorder = recorder;
    this.of = { client: client.name, room: slug };
    this.room = client.join(slug, {
      after: 0,
      onEntries: (entries) => {
        for (const entry of entries) this.take(entry, 'entry');
      },
      onGap: (gap) => {
        this.recorder.add({ ...this.of, type: 'gap', from: gap.from, to: gap.to });
        this.waiting++;
        this.paging = this.paging
          .then(() => this.page(gap))
          .finally(() => {
            this.waiting--;
          });
      },
      onReset: () => {
        this.recorder.add({ ...this.of, type: 'reset' });
      },
    });
  }

  /** It is joined, and was given or told of everything up to `seq`. */
  has(seq: number): boolean {
    return this.room.state.status === 'joined' && (this.room.cursor ?? 0) >= seq;
  }

  /** It has paged all that it was told of. */
  get isFilled(): boolean {
    return this.waiting === 0;
  }

  stop(): void {
    this.isOver = true;
  }

  private take(entry: Entry, type: 'entry' | 'paged'): void {
    this.given.add(entry.seq);
    const isText = entry.kind === 'message' && !('withdrawn' in entry);
    this.recorder.add({ ...this.of, type, seq: entry.seq, text: isText ? entry.text : null });
  }

  private async page({ from, to }: Gap): Promise<void> {
    for (let after = from - 1; after < to && !this.isOver;) {
      const page = await this.room.history({ after, limit: PAGE }).catch(() => null);
      if (page === null) {
        await delay(AGAIN_MS);
        continue;
      }
      const entries = page.entries.filter(({ seq }) => seq <= to);
      // Some of the range it has: what is left out is told with what surrounds it.
      for (const entry of entries) if (!this.given.has(entry.seq)) this.take(entry, 'paged');
      const last = entries.at(-1);
      if (!last) return;
      after = last.seq;
    }
  }
}
