import type { KeptEntry } from '../../testing/database';
import { eventsOf, groupBy, seconds, type Evidence } from './evidence';
import { overlaps } from './windows';

/** What was given out before the keeper was told may be read a little after. */
const ON_THE_WAY_MS = 100;
const STALL_AFTER_MS = 2_000;

/**
 * G9: from the place of a mute in the log on there is nothing of that user until they may speak again; and after the keeper was told
 * that a message is withdrawn nobody is given its text, live, when they come back or from history.
 */
export function checkModeration({ history, rows, ending }: Evidence): string[] {
  return [
    ...[...rows].flatMap(([room, log]) => checkMutes(room, log)),
    ...checkWithdrawals(history, ending.stalls),
  ];
}

function checkMutes(room: string, log: readonly KeptEntry[]): string[] {
  const muted = new Map<string, number>();
  return log.flatMap(({ seq, kind, userId, body }) => {
    if (kind === 'mute' || kind === 'unmute') {
      const { user } = JSON.parse(body) as { user: string };
      if (kind === 'mute') muted.set(user, seq);
      else muted.delete(user);
      return [];
    }
    const since = kind === 'message' ? muted.get(userId) : undefined;
    if (since === undefined) return [];
    return [`G9: ${room}: ${String(seq)} is of ${userId}, who was muted at ${String(since)}`];
  });
}

function checkWithdrawals(
  history: Evidence['history'],
  stalls: Evidence['ending']['stalls'],
): string[] {
  const withdrawnAt = new Map(
    eventsOf(history, 'withdrawn').map(({ room, seq, at }) => [`${room} ${String(seq)}`, at]),
  );
  const ownStalls = groupBy(eventsOf(history, 'stalled'), ({ client }) => client);
  return eventsOf(history, 'entry', 'paged').flatMap(({ client, room, seq, text, at }) => {
    const since = withdrawnAt.get(`${room} ${String(seq)}`) ?? Infinity;
    if (text === null || at <= since + ON_THE_WAY_MS) return [];
    const excused = [
      ...stalls,
      ...(ownStalls.get(client) ?? []).map((it) => ({
        from: it.at,
        to: it.at + it.ms + STALL_AFTER_MS,
      })),
    ];
    if (overlaps(excused, { from: since, to: at })) return [];
    const what = `${client} was given the text of ${String(seq)} of ${room} at ${seconds(at)}`;
    return [`G9: ${what}, which had been withdrawn at ${seconds(since)}`];
  });
}
