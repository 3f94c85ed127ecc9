import { isDeepStrictEqual } from 'node:util';
import { REPLIES, type Entry, type LogData, type ReplyData } from '@hubbub/protocol';
import type { RawClient } from './raw-client';

/**
 * What one reader has seen of a room's log: each number once, in order, and what is missing was named (P11, P12).
 * Whatever breaks that throws at once, or where a listener called, from `assertSound`.
 */
export class LogView {
  readonly entries = new Map<number, Entry>();
  /** Numbers that a frame or reply named as left out. */
  omitted = 0;
  /** The last number that was given or named. */
  cursor = 0;
  /** When each number was seen first; `performance.now()`. */
  readonly seenAt = new Map<number, number>();
  private readonly problems: string[] = [];

  constructor(readonly reader: string) {}

  /** Joins, and follows the room from then on; also where the client joins it again from the view's cursor. */
  static async follow(client: RawClient, room: string, after?: number): Promise<LogView> {
    const view = new LogView(`a reader on ${client.welcome.gateway}`);
    let isJoined = false;
    client.onFrame((frame) => {
      if (frame.event !== 'log' || frame.data.room !== room) return;
      if (!isJoined) view.problem('a log frame came before the answer to join');
      view.log(frame.data);
    });
    const request = { room, ...(after !== undefined && { after }) };
    // The frames that come right behind the reply are read in the same turn: fold the reply before them.
    client.onFrame((frame) => {
      if (frame.event !== 'ok') return;
      const reply = REPLIES.join.safeParse(frame.data);
      if (!reply.success || reply.data.room.slug !== room) return;
      view.join(reply.data, isJoined ? view.cursor : after);
      isJoined = true;
    });
    await client.ok('join', request);
    view.assertSound();
    return view;
  }

  join({ head, entries, omitted = 0 }: ReplyData<'join'>, after?: number): void {
    const first = entries[0]?.seq ?? head + 1;
    const from = after === undefined ? first : after + 1;
    this.take({ from, to: head, entries, omitted });
    this.cursor = head;
  }

  log({ from, to, entries, omitted = 0 }: LogData): void {
    if (from !== this.cursor + 1) {
      this.problem(`a frame begins at ${String(from)} after ${String(this.cursor)}`);
    }
    this.take({ from, to, entries, omitted });
    this.cursor = to;
  }

  /** A page of history: what is known already has to be the same, withdrawn messages excepted. */
  page(entries: readonly Entry[]): void {
    this.assertAscending(entries);
    for (const entry of entries) {
      const known = this.entries.get(entry.seq);
      if (!known) this.entries.set(entry.seq, entry);
      else if (!isSame(known, entry))
        this.problem(`another ${describe(entry)} than ${describe(known)}`);
    }
  }

  /** Reads what was named as left out. */
  async fillIn(client: RawClient, room: string, from = 1): Promise<void> {
    for (let seq = from; seq <= this.cursor; seq++) {
      if (this.entries.has(seq)) continue;
      const { entries } = await client.ok('history', { room, after: seq - 1, limit: 200 });
      this.page(entries.filter((it) => it.seq <= this.cursor));
    }
  }

  /** Everything from `from` to `to`, and nothing was wrong so far. */
  assertComplete(from: number, to: number): void {
    for (let seq = from; seq <= to; seq++) {
      if (!this.entries.has(seq)) this.problem(`${String(seq)} is missing`);
    }
    this.assertSound();
  }

  assertSound(): void {
    if (this.problems.length > 0) {
      throw new Error(`${this.reader}: ${this.problems.slice(0, 10).join('; ')}`);
    }
  }

  /** What both have seen is the same. */
  assertAgrees(other: LogView): void {
    for (const [seq, entry] of this.entries) {
      const theirs = other.entries.get(seq);
      if (theirs && !isSame(entry, theirs)) {
        this.problem(`${describe(entry)}, but for ${other.reader} ${describe(theirs)}`);
      }
    }
    this.assertSound();
  }

  texts(): string[] {
    return [...this.entries.values()]
      .sort((a, b) => a.seq - b.seq)
      .flatMap((it) => ('text' in it ? it.text : []));
  }

  private take(range: {
    from: number;
    to: number;
    entries: readonly Entry[];
    omitted: number;
  }): void {
    const { from, to, entries, omitted } = range;
    this.assertAscending(entries);
    for (const entry of entries) {
      if (entry.seq < from || entry.seq > to) {
        this.problem(`${String(entry.seq)} is outside of ${String(from)}…${String(to)}`);
      }
      if (this.entries.has(entry.seq)) this.problem(`${String(entry.seq)} came twice`);
      this.entries.set(entry.seq, entry);
      this.seenAt.set(entry.seq, performance.now());
    }
    this.omitted += omitted;
    if (entries.length + omitted !== to - from + 1) {
      const counts = `${String(entries.length)} entries and ${String(omitted)} omitted`;
      this.problem(`${counts} do not make ${String(from)}…${String(to)}`);
    }
  }

  private assertAscending(entries: readonly Entry[]): void {
    entries.forEach((entry, i) => {
      const before = entries[i - 1];
      if (before && before.seq >= entry.seq) this.problem(`${String(entry.seq)} is out of order`);
    });
  }

  private problem(text: string): void {
    this.problems.push(text);
  }
}

/** A message may be withdrawn for one and not yet for another; `seq`, `at` and `user` stay. */
function isSame(a: Entry, b: Entry): boolean {
  if (isDeepStrictEqual(a, b)) return true;
  if (!('withdrawn' in a) && !('withdrawn' in b)) return false;
  const kept = ({ seq, at, kind, ...rest }: Entry) => [seq, at, kind, 'user' in rest && rest.user];
  return isDeepStrictEqual(kept(a), kept(b));
}

function describe(entry: Entry): string {
  return JSON.stringify(entry);
}
