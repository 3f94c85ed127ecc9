import type { KeptEntry } from '../../testing/database';
import type { HistoryEvent } from '../history';
import type { FaultResult } from '../outcome';
import type { Evidence } from './evidence';

export const ROOM = 'lobby';
export const CHANNEL = 'presence-lobby';

type About<E> = E extends unknown ? Omit<E, 'room'> & { room?: string } : never;

/** A history in the order of time; what names no room is of `ROOM`. */
export function historyOf(...events: About<HistoryEvent>[]): HistoryEvent[] {
  return events
    .map((it): HistoryEvent => ({ ...it, room: it.room ?? ROOM }))
    .sort((a, b) => a.at - b.at);
}

/** Evidence of a run in which `reader` follows `ROOM` and nothing was at fault. */
export function evidenceOf(
  history: HistoryEvent[],
  {
    log = [],
    faults = [],
    ...ending
  }: Partial<Evidence['ending']> & {
    log?: KeptEntry[];
    faults?: FaultResult[];
  } = {},
): Evidence {
  return {
    history,
    rows: new Map([[ROOM, log]]),
    faults,
    ending: {
      readers: new Map([[ROOM, ['reader']]]),
      members: new Map(),
      leftAt: Infinity,
      stalls: [],
      waits: [],
      counts: [],
      ...ending,
    },
  };
}

export function row(seq: number, key: string, text = `text of ${key}`): KeptEntry {
  const body = JSON.stringify({ text });
  return { seq, key, kind: 'message', userId: 'u1', body, isWithdrawn: false };
}

/** A fault that people had recovered from when it was over. */
export function fault(kind: string, from: number, more: Partial<FaultResult> = {}): FaultResult {
  return { kind, what: `a ${kind}`, from, to: from + 1_000, gateways: [0], recoveryMs: 0, ...more };
}

/** A message that is sent, and acknowledged 10 ms later. */
export function said(
  at: number,
  seq: number,
  key: string,
  client = 'writer',
): About<HistoryEvent>[] {
  return [
    { type: 'send', at, client, key, text: `text of ${key}` },
    { type: 'ok', at: at + 10, client, key, seq },
  ];
}

export function entry(at: number, seq: number, text: string | null, client = 'reader') {
  return { type: 'entry', at, client, seq, text } as const;
}

export function state(at: number, client: string, is: 'joined' | 'away', room = ROOM) {
  return { type: 'state', at, client, state: is, room } as const;
}
