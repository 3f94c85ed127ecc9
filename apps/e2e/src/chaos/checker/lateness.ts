import type { HistoryEvent } from '../history';
import type { FaultResult } from '../outcome';
import { eventsOf, groupBy, seconds, type EventOf, type Evidence } from './evidence';
import {
  covers,
  feltFor,
  overlaps,
  presenceOf,
  touchesClientsOnly,
  touchesRedis,
  type Window,
} from './windows';

/** G5, and what a machine adds that runs all of the cluster and all of its clients. */
const WITHIN_MS = 1_000 + 500;
/** A way that takes 500 ms in each direction is this much longer. */
const DELAY_MS = 1_000;
const STALL_AFTER_MS = 2_000;

interface Reader {
  client: string;
  isIn: readonly Window[];
  seenAt: ReadonlyMap<number, number>;
  gaps: readonly EventOf<'gap'>[];
  stalls: readonly Window[];
}

/**
 * G5: a second after a message is acknowledged every reader that is joined has it, whatever becomes of Redis. Nothing is asked of
 * times when a gateway or the database was at fault or had no core, nor of a client that did not read itself.
 */
export function checkLateness({ history, ending, faults }: Evidence): string[] {
  const end = history.at(-1)?.at ?? 0;
  const excused: Window[] = [
    ...faults.filter((it) => !touchesRedis(it) && !touchesClientsOnly(it)).map(feltFor),
    ...[...ending.stalls, ...ending.waits].map(({ from, to }) => ({
      from,
      to: to + STALL_AFTER_MS,
    })),
  ];
  const delays = faults.filter(({ kind }) => kind === 'redis-delay').map(feltFor);
  const byRoom = groupBy(history, ({ room }) => room);
  return [...ending.readers].flatMap(([room, names]) => {
    const events = byRoom.get(room) ?? [];
    const readers = names.map((client) => readerOf(client, events, end));
    return firstOks(events).flatMap((ok) => {
      const isDelayed = overlaps(delays, { from: ok.at, to: ok.at });
      const within = WITHIN_MS + (isDelayed ? DELAY_MS : 0);
      const window = { from: ok.at - 100, to: ok.at + within };
      if (overlaps(excused, window)) return [];
      return readers
        .filter((it) => isLate(it, ok.seq, window))
        .map(({ client, seenAt }) => describe(client, ok, seenAt.get(ok.seq), faults));
    });
  });
}

/** One acknowledgement of each entry, the first: a message that is sent again was long seen. */
function firstOks(events: readonly HistoryEvent[]): EventOf<'ok'>[] {
  const first = new Map<number, EventOf<'ok'>>();
  for (const ok of eventsOf(events, 'ok')) if (!first.has(ok.seq)) first.set(ok.seq, ok);
  return [...first.values()];
}

function readerOf(client: string, events: readonly HistoryEvent[], end: number): Reader {
  const own = events.filter((it) => it.client === client);
  return {
    client,
    isIn: presenceOf(eventsOf(own, 'state'), end),
    seenAt: new Map(eventsOf(own, 'entry').map(({ seq, at }) => [seq, at])),
    gaps: eventsOf(own, 'gap'),
    stalls: eventsOf(own, 'stalled').map(({ at, ms }) => ({
      from: at,
      to: at + ms + STALL_AFTER_MS,
    })),
  };
}

function isLate({ isIn, seenAt, gaps, stalls }: Reader, seq: number, window: Window): boolean {
  if ((seenAt.get(seq) ?? Infinity) <= window.to) return false;
  if (!covers(isIn, window) || overlaps(stalls, window)) return false;
  return !gaps.some(({ from, to, at }) => from <= seq && seq <= to && at <= window.to);
}

function describe(
  client: string,
  { room, seq, at }: EventOf<'ok'>,
  seen: number | undefined,
  faults: readonly FaultResult[],
): string {
  const when = seen === undefined ? 'never live' : `after ${seconds(seen - at)}`;
  const during = faults.filter((it) => overlaps([feltFor(it)], { from: at, to: at }));
  const cause = during.map(({ what }) => `, during: ${what}`).join('');
  return `G5: ${client} saw ${String(seq)} of ${room} ${when}; it was acknowledged at ${seconds(at)}${cause}`;
}
