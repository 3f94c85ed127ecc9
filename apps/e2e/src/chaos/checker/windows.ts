import type { FaultResult } from '../outcome';
import type { EventOf } from './evidence';

/** A time of a run, from and to in ms since it began. */
export interface Window {
  from: number;
  to: number;
}

/** After a fault that nobody recovered from. */
const LOST_MS = 30_000;
/** What is on its way when a fault is over. */
const AFTER_MS = 1_000;

/** As long as the fault was at work and people felt it. */
export function feltFor({ from, to, recoveryMs }: FaultResult): Window {
  return { from, to: to + (recoveryMs ?? LOST_MS) + AFTER_MS };
}

export function touchesRedis({ kind }: FaultResult): boolean {
  return kind.startsWith('redis-');
}

export function touchesDatabase({ kind }: FaultResult): boolean {
  return kind.startsWith('mysql-');
}

/** Clients lose their sockets or do not read: the cluster itself is whole. */
export function touchesClientsOnly({ kind }: FaultResult): boolean {
  return kind === 'clients-vanish' || kind === 'slow-viewer';
}

export function overlaps(windows: readonly Window[], { from, to }: Window): boolean {
  return windows.some((it) => it.from <= to && it.to >= from);
}

/** How much of `window` is in one of them; they may overlap each other. */
export function sharedMs(windows: readonly Window[], { from, to }: Window): number {
  let shared = 0;
  let counted = from;
  for (const it of [...windows].sort((a, b) => a.from - b.from)) {
    const end = Math.min(to, it.to);
    shared += Math.max(0, end - Math.max(counted, it.from));
    counted = Math.max(counted, end);
  }
  return shared;
}

/** When a client was in a room or channel, from its `state` events; open ends reach to `end`. */
export function presenceOf(states: readonly EventOf<'state'>[], end: number): Window[] {
  const windows: Window[] = [];
  let since: number | null = null;
  for (const { state, at } of states) {
    if (state === 'joined') {
      since ??= at;
    } else if (since !== null) {
      windows.push({ from: since, to: at });
      since = null;
    }
  }
  if (since !== null) windows.push({ from: since, to: end });
  return windows;
}

/** It was there all the time. */
export function covers(windows: readonly Window[], { from, to }: Window): boolean {
  return windows.some((it) => it.from <= from && it.to >= to);
}
