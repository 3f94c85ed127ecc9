import type { Gap, HubbubClient, Room } from '@hubbub/client';
import type { Entry } from '@hubbub/protocol';

/** What an app sees that follows a room through the SDK, over all its reconnects. */
export class SdkReader {
  readonly entries: Entry[] = [];
  readonly gaps: Gap[] = [];
  /** When each entry came; `performance.now()`. */
  readonly seenAt = new Map<number, number>();
  /** Gateways that it was welcomed by, in order. */
  readonly gateways: string[] = [];
  resets = 0;
  readonly room: Room;

  constructor(
    readonly client: HubbubClient,
    slug: string,
    after = 0,
  ) {
    const note = () => {
      if (client.state.status === 'open') this.gateways.push(client.state.welcome.gateway);
    };
    note();
    client.on('state', note);
    this.room = client.join(slug, {
      after,
      onEntries: (entries) => {
        for (const entry of entries) {
          this.entries.push(entry);
          this.seenAt.set(entry.seq, performance.now());
        }
      },
      onGap: (gap) => {
        this.gaps.push(gap);
      },
      onReset: () => {
        this.resets++;
      },
    });
  }

  get isJoined(): boolean {
    return this.room.state.status === 'joined';
  }

  /** The last sequence that was given. */
  get last(): number {
    return this.entries.at(-1)?.seq ?? 0;
  }

  get gateway(): string {
    return this.gateways.at(-1) ?? '';
  }

  /** What is wrong with it: each entry once, in order, and none left out but in gaps that were told. */
  problems(): string[] {
    const problems = this.resets > 0 ? [`${String(this.resets)} resets`] : [];
    let due = 1;
    for (const { seq } of this.entries) {
      const told = this.gaps.filter(({ from, to }) => from >= due && to < seq);
      const omitted = told.reduce((sum, gap) => sum + gap.omitted, 0);
      if (seq !== due + omitted) problems.push(`${String(seq)} came where ${String(due)} was due`);
      due = seq + 1;
    }
    return problems;
  }
}
