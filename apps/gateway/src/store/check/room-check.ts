import { readEntry, type EntryRow } from './entry-check';
import { Findings } from './faults';
import type { LogSource } from './log-source';
import { Withdrawals } from './withdrawals';

/** Rows that are held at a time; of the largest bodies that is 64 MiB. */
const PAGE = 1_000;
/**
 * `at` is taken before the commit waits for its turn, by the gateway's own clock: it goes back by the seconds of a frozen gateway, and
 * by a minute where clocks are that far apart.
 */
const BACK_MAX_MS = 120_000;
/** Keys that are used twice and named. */
const KEYS_MAX = 20;

export interface RoomToCheck {
  readonly id: number;
  readonly slug: string;
}

export interface RoomCheckOptions {
  /** Whether a head that is behind its entries is raised. */
  repairs: boolean;
  /** Whether the database does not keep keys from being used twice. */
  looksForKeys: boolean;
  /** Called after each page with how many entries it had. */
  progress: (entries: number) => void;
}

/** Reads one room's log from its first entry to its last, and says what is wrong with it. A log that grows meanwhile is read on. */
export class RoomCheck {
  readonly findings = new Findings();
  /** How many were read. */
  entries = 0;
  isRepaired = false;
  readonly #source: LogSource;
  readonly #room: RoomToCheck;
  readonly #options: RoomCheckOptions;
  readonly #withdrawals: Withdrawals;
  #after = Number.MIN_SAFE_INTEGER;
  #last = 0;
  #lastAt = -Infinity;
  /** Without a gap, the log reaches back from its last entry to here. */
  #runFrom = 1;

  constructor(source: LogSource, room: RoomToCheck, options: RoomCheckOptions) {
    this.#source = source;
    this.#room = room;
    this.#options = options;
    this.#withdrawals = new Withdrawals(source, room.id, this.findings);
  }

  /** False where the room was removed meanwhile, so that what was found means nothing. @throws {CannotCheck} */
  async run(): Promise<boolean> {
    await this.#readLog();
    this.#withdrawals.end();
    if (this.#options.looksForKeys) await this.#lookForKeys();
    return this.findings.kept.length === 0 || (await this.#isThere());
  }

  async #readLog(): Promise<void> {
    let head: number | null = null;
    for (;;) {
      const rows = await this.#nextPage();
      for (const row of rows.whole) this.#look(row);
      await this.#withdrawals.settle();
      if (rows.areMore) continue;
      // What a head counts was committed with it: read after the head, it is there.
      if (head !== null && rows.whole.length === 0) break;
      head = await this.#readHead();
      if (head === null || head <= this.#last) break;
    }
    await this.#judgeHead(head);
  }

  /** The rows after the last ones. Of a full page those of its last number come with the next, lest a repeat is cut in two. */
  async #nextPage(): Promise<{ whole: EntryRow[]; areMore: boolean }> {
    const rows = await this.#source.rows<EntryRow>(
      `SELECT seq, at, kind, body, withdrawn FROM room_entries WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ${String(PAGE)}`,
      [this.#room.id, this.#after],
    );
    const areMore = rows.length === PAGE;
    const cutAt = areMore ? rows.findIndex(({ seq }) => seq === rows.at(-1)?.seq) : rows.length;
    const whole = rows.slice(0, cutAt > 0 ? cutAt : rows.length);
    const last = whole.at(-1);
    if (last) this.#after = Number(last.seq);
    this.entries += whole.length;
    this.#options.progress(whole.length);
    return { whole, areMore };
  }

  #look(row: EntryRow): void {
    const seq = Number(row.seq);
    if (seq < 1) {
      const text = `there is an entry ${String(seq)}, and the first one is 1`;
      this.findings.add({ fault: 'place', seq, text });
      return;
    }
    this.#lookAtPlace(seq);
    this.#lookAtTime(seq, Number(row.at));
    const read = readEntry(row);
    if ('entry' in read) this.#withdrawals.note(read.entry, Boolean(row.withdrawn));
    else this.findings.add({ fault: 'body', seq, text: `entry ${String(seq)} ${read.problem}` });
  }

  #lookAtPlace(seq: number): void {
    if (seq === this.#last) {
      const text = `there are several entries ${String(seq)}`;
      this.findings.add({ fault: 'repeat', seq, text });
    } else if (seq > this.#last + 1) {
      const [from, to] = [this.#last + 1, seq - 1];
      const text =
        from === to
          ? `entry ${String(from)} is missing`
          : `entries ${String(from)} to ${String(to)} are missing`;
      this.findings.add({ fault: 'gap', seq: from, text });
      this.#runFrom = seq;
    }
    this.#last = seq;
  }

  #lookAtTime(seq: number, at: number): void {
    const backMs = this.#lastAt - at;
    if (backMs > BACK_MAX_MS) {
      const seconds = String(Math.round(backMs / 1_000));
      const text = `entry ${String(seq)} is ${seconds} s older than the one before it`;
      this.findings.add({ fault: 'time', seq, text });
    }
    this.#lastAt = at;
  }

  async #judgeHead(head: number | null): Promise<void> {
    const last = this.#last;
    if (head === null) {
      this.findings.add({ fault: 'no-head', seq: null, text: 'it has no head' });
    } else if (head > last) {
      const text = `the head is ${String(head)}, and the last entry ${String(last)}`;
      this.findings.add({ fault: 'head-ahead', seq: last, text });
    } else if (head < last) {
      const text = `the head is ${String(head)}, and the last entry ${String(last)}`;
      const outcome = this.#options.repairs ? await this.#raiseHead(head) : '';
      this.findings.add({ fault: 'head-behind', seq: last, text: `${text}${outcome}` });
    }
  }

  /** Nothing is lost by it where what is beyond the head follows it: the entries are what they were, and the next one comes after. */
  async #raiseHead(head: number): Promise<string> {
    if (this.#runFrom > head + 1) {
      return ': left as it is, for there is a gap between the two';
    }
    const changed = await this.#source.change(
      'UPDATE room_heads SET last_seq = ? WHERE room_id = ? AND last_seq < ?',
      [this.#last, this.#room.id, this.#last],
    );
    this.isRepaired = changed > 0;
    return this.isRepaired ? `: now it is ${String(this.#last)}` : ': it has moved by itself';
  }

  async #readHead(): Promise<number | null> {
    const heads = await this.#source.rows<{ last_seq: number | string }>(
      'SELECT last_seq FROM room_heads WHERE room_id = ?',
      [this.#room.id],
    );
    return heads[0] ? Number(heads[0].last_seq) : null;
  }

  async #lookForKeys(): Promise<void> {
    const twice = await this.#source.rows<{
      user_id: string;
      first: number | string;
      times: number;
    }>(
      `SELECT user_id, MIN(seq) AS first, COUNT(*) AS times FROM room_entries WHERE room_id = ?
       GROUP BY user_id, idempotency_key HAVING COUNT(*) > 1 ORDER BY first LIMIT ${String(KEYS_MAX)}`,
      [this.#room.id],
    );
    for (const { user_id: user, first, times } of twice) {
      const text = `the key of entry ${String(first)}, of user "${user}", is there ${String(times)} times`;
      this.findings.add({ fault: 'key-twice', seq: Number(first), text });
    }
  }

  async #isThere(): Promise<boolean> {
    const { id } = this.#room;
    return (await this.#source.rows('SELECT id FROM rooms WHERE id = ?', [id])).length > 0;
  }
}
