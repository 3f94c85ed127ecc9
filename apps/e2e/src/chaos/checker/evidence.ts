import type { KeptEntry } from '../../testing/database';
import type { Ending } from '../ending';
import type { HistoryEvent } from '../history';
import type { FaultResult } from '../outcome';

/** All that the checker goes by. It knows nothing of the server: what clients saw, what the database has, and what was done to them. */
export interface Evidence {
  /** In the order of time. */
  history: readonly HistoryEvent[];
  ending: Ending;
  /** Each room's log as it is in the database when all is over, by slug, by sequence. */
  rows: ReadonlyMap<string, readonly KeptEntry[]>;
  faults: readonly FaultResult[];
}

export type EventOf<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;

/** Those of a type. */
export function eventsOf<T extends HistoryEvent['type']>(
  history: readonly HistoryEvent[],
  ...types: T[]
): EventOf<T>[] {
  const wanted = new Set<string>(types);
  return history.filter((it): it is EventOf<T> => wanted.has(it.type));
}

export function groupBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** `12.3 s`, of a time since the run began or of a duration in ms. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The text of a kept entry; null where its kind has none. */
export function textOf({ body }: KeptEntry): string | null {
  const { text } = JSON.parse(body) as { text?: unknown };
  return typeof text === 'string' ? text : null;
}
