import type { Line } from './webhook-lines';
import type { Posted } from './webhook-poster';
import type { Delivery } from './webhook-store';

export interface RetryTimes {
  /** Before the second attempt; doubled for each further one, with jitter. */
  retryFirstMs: number;
  retryMaxMs: number;
  /** From the first failure on, or from when the event was recorded: after that it is `failed`. */
  giveUpMs: number;
}

export type Failed = Extract<Posted, { isOk: false }>;

/** Rows that were posted together in vain. */
interface Attempt {
  readonly rows: readonly Delivery[];
  readonly at: number;
  readonly line: Pick<Line, 'troubleSince'>;
}

/** Which of them are given up, and when the others are tried again: each once more when its time is over. */
export function planRetry(
  { rows, at, line: { troubleSince } }: Attempt,
  { isFinal }: Failed,
  { retryFirstMs, retryMaxMs, giveUpMs }: RetryTimes,
): { lost: Delivery[]; left: Delivery[]; dueAt: number } {
  const deadlineOf = ({ queuedAt }: Delivery) => Math.max(queuedAt, troubleSince ?? at) + giveUpMs;
  const isLost = (row: Delivery) => isFinal || deadlineOf(row) <= at;
  const open = rows.filter((row) => !isLost(row));
  const attempts = Math.max(0, ...open.map((row) => row.attempts));
  const delayMs = Math.min(retryMaxMs, retryFirstMs * 2 ** attempts) * (0.8 + 0.4 * Math.random());
  const dueAt = Math.round(Math.min(at + delayMs, ...open.map(deadlineOf)));
  const left = open.map((row) => ({ ...row, attempts: row.attempts + 1, dueAt }));
  return { lost: rows.filter(isLost), left, dueAt };
}
