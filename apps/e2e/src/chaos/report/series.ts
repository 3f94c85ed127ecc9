import { quantile } from '../../script';
import { eventsOf } from '../checker/evidence';
import type { Outcome } from '../outcome';

/** The finest; a long run has wider ones, so that a picture can show them. */
const BIN_MS = 250;
const BINS = 480;

export interface Series {
  binMs: number;
  /** Messages acknowledged in each bin, each once. */
  acknowledged: number[];
  /** From a message's sending to its being seen, ms, of those sent in the bin; null where none was. */
  seen: ({ p50: number; max: number } | null)[];
}

/** What the clients of a run had of it, over its time. */
export function seriesOf({ history, ms }: Pick<Outcome, 'history' | 'ms'>): Series {
  const binMs = BIN_MS * Math.max(1, Math.ceil(ms / BIN_MS / BINS));
  const count = Math.max(1, Math.ceil(ms / binMs));
  const binOf = (at: number) => Math.min(count - 1, Math.floor(at / binMs));
  const sentAt = new Map<string, number>();
  for (const { room, key, at } of eventsOf(history, 'send')) {
    const id = `${room} ${key}`;
    if (!sentAt.has(id)) sentAt.set(id, at);
  }
  const acknowledged = new Array<number>(count).fill(0);
  const bySeq = new Map<string, number>();
  for (const { room, key, seq, at } of eventsOf(history, 'ok')) {
    const entry = `${room} ${String(seq)}`;
    const sent = sentAt.get(`${room} ${key}`);
    if (bySeq.has(entry) || sent === undefined) continue;
    bySeq.set(entry, sent);
    const bin = binOf(at);
    acknowledged[bin] = (acknowledged[bin] ?? 0) + 1;
  }
  const delays = Array.from({ length: count }, (): number[] => []);
  for (const { room, seq, at } of eventsOf(history, 'entry')) {
    const sent = bySeq.get(`${room} ${String(seq)}`);
    if (sent !== undefined) delays[binOf(sent)]?.push(at - sent);
  }
  const seen = delays.map((all) =>
    all.length === 0 ? null : { p50: quantile(all, 0.5), max: quantile(all, 1) },
  );
  return { binMs, acknowledged, seen };
}
