import type { Content } from './dialects/dialect';
import { Latencies } from './latencies';

/** Fewer frames than that are on their way at a time; what was forgotten is read again. */
const OPENED_MAX = 4_096;

/** What a frame is to all who get it. */
export interface Opened {
  /** Null where it came in the clear. */
  inflated: Buffer | null;
  content: Content | null;
}

export interface Schedule {
  /** The index of the first message. */
  first: number;
  /** By the clock of `performance.now()`. */
  startsAt: number;
  perSecond: number;
}

/** What has come to viewers of the messages of one schedule. */
export class Tally {
  deliveries = 0;
  omitted = 0;
  frames = 0;
  bytes = 0;
  /** When something was last counted. */
  lastAt = 0;
  readonly seen = new Latencies();
  readonly wrong: Record<string, number> = {};
  /** What is in frames, by the sums of their bytes: many viewers get the same. */
  readonly #opened = new Map<number, Opened>();

  constructor(readonly schedule: Schedule) {}

  dueAt(index: number): number {
    const { first, startsAt, perSecond } = this.schedule;
    return startsAt + ((index - first) * 1_000) / perSecond;
  }

  /** One frame, with its header, that has so many messages in it. */
  count(messages: number, bytes: number): void {
    this.deliveries += messages;
    this.frames++;
    this.bytes += bytes;
    this.lastAt = performance.now();
  }

  /** A sampled viewer has these. */
  see(indexes: readonly number[]): void {
    const now = performance.now();
    for (const index of indexes) this.seen.add(now - this.dueAt(index));
  }

  note(what: string): void {
    this.wrong[what] = (this.wrong[what] ?? 0) + 1;
  }

  /** What `open` returns, without what was sent before: opened once for all frames with the same sum. */
  opened(sum: number, open: () => Opened): Opened {
    const known = this.#opened.get(sum);
    if (known !== undefined) return known;
    const { inflated, content } = open();
    const opened = { inflated, content: this.#current(content) };
    if (this.#opened.size === OPENED_MAX) this.#opened.clear();
    this.#opened.set(sum, opened);
    return opened;
  }

  #current(content: Content | null): Content | null {
    if (!content?.indexes.some((index) => index < this.schedule.first)) return content;
    const indexes = content.indexes.filter((index) => index >= this.schedule.first);
    return { ...content, indexes };
  }
}
