import type { KeptEntry } from '../../testing/database';
import type { HistoryEvent } from '../history';
import { groupBy, seconds, textOf, type Evidence } from './evidence';

/**
 * G3: each reader is given every entry once, in order, or is told which range it was not given, and has paged that. G2: what it was
 * given is what the database has.
 */
export function checkViews({ history, ending, rows }: Evidence): string[] {
  const byClient = groupBy(history, ({ client, room }) => `${client} ${room}`);
  return [...ending.readers].flatMap(([room, readers]) =>
    readers.flatMap((client) => {
      const view = new View(client, room, rows.get(room) ?? []);
      for (const event of byClient.get(`${client} ${room}`) ?? []) view.take(event);
      return view.end();
    }),
  );
}

/** What one reader has of a room. */
class View {
  private readonly problems: string[] = [];
  private readonly has = new Set<number>();
  private readonly told: { from: number; to: number }[] = [];
  private last = 0;
  private readonly texts: ReadonlyMap<number, string | null>;
  private readonly withdrawn: ReadonlySet<number>;

  constructor(
    private readonly client: string,
    private readonly room: string,
    private readonly log: readonly KeptEntry[],
  ) {
    this.texts = new Map(log.map((row) => [row.seq, textOf(row)]));
    this.withdrawn = new Set(log.filter((it) => it.isWithdrawn).map(({ seq }) => seq));
  }

  take(event: HistoryEvent): void {
    if (event.type === 'gap') this.told.push(event);
    else if (event.type === 'entry') this.entry(event);
    else if (event.type === 'paged') this.paged(event);
    else if (event.type === 'reset') this.problem('G3', `was told to start over`, event.at);
  }

  end(): string[] {
    const missing = this.log.map(({ seq }) => seq).filter((seq) => !this.has.has(seq));
    if (missing.length > 0) {
      const which = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '');
      this.problems.push(
        `G3: ${this.client} lacks ${String(missing.length)} of ${String(this.log.length)} entries of ${this.room} at the end: ${which}`,
      );
    }
    return this.problems;
  }

  private entry({ seq, text, at }: { seq: number; text: string | null; at: number }): void {
    if (seq <= this.last)
      this.problem('G3', `was given ${String(seq)} after ${String(this.last)}`, at);
    for (let due = this.last + 1; due < seq; due++) {
      if (this.isTold(due)) continue;
      this.problem('G3', `was given ${String(seq)}, and was not told of ${String(due)}`, at);
      break;
    }
    if (this.has.has(seq)) this.problem('G3', `was given ${String(seq)} a second time`, at);
    this.last = Math.max(this.last, seq);
    this.compare(seq, text, at);
  }

  private paged({ seq, text, at }: { seq: number; text: string | null; at: number }): void {
    if (!this.isTold(seq)) this.problem('G3', `paged ${String(seq)}, of which it was not told`, at);
    this.compare(seq, text, at);
  }

  private compare(seq: number, text: string | null, at: number): void {
    this.has.add(seq);
    const kept = this.texts.get(seq);
    if (kept === text || (text === null && this.withdrawn.has(seq))) return;
    const other = kept === undefined ? 'nothing' : JSON.stringify(kept);
    const what = `was given ${String(seq)} as ${JSON.stringify(text)}, where the database has ${other}`;
    this.problem('G2', what, at);
  }

  /** Gaps come in order, and mostly it is the last one. */
  private isTold(seq: number): boolean {
    return this.told.some(({ from, to }) => from <= seq && seq <= to);
  }

  private problem(guarantee: string, what: string, at: number): void {
    this.problems.push(`${guarantee}: ${this.client} ${what} (${this.room}, at ${seconds(at)})`);
  }
}
