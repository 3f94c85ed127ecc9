import type { KeptEntry } from '../../testing/database';
import { eventsOf, groupBy, seconds, textOf, type EventOf, type Evidence } from './evidence';

/**
 * G1: what was acknowledged is in the database, under that number, key and text. G2: the numbers are 1, 2, 3, … G4: no key of a user
 * is there twice, and each acknowledgement of one key names the same number. Nothing is there that nobody sent, and what one client
 * sent one after the other is there in that order.
 */
export function checkKeptLog({ history, rows }: Evidence): string[] {
  const sends = groupBy(eventsOf(history, 'send'), ({ room }) => room);
  const oks = groupBy(eventsOf(history, 'ok'), ({ room }) => room);
  return [...rows].flatMap(([room, log]) => {
    const texts = new Map((sends.get(room) ?? []).map(({ key, text }) => [key, text]));
    const acknowledged = oks.get(room) ?? [];
    return [
      ...checkNumbers(room, log),
      ...checkKeys(room, log, texts),
      ...checkAcknowledged(acknowledged, log, texts),
      ...checkOrder(acknowledged),
    ];
  });
}

function checkNumbers(room: string, log: readonly KeptEntry[]): string[] {
  return log.flatMap(({ seq }, i) =>
    seq === i + 1 ? [] : [`G2: ${room}: the log has ${String(seq)} in place ${String(i + 1)}`],
  );
}

function checkKeys(
  room: string,
  log: readonly KeptEntry[],
  texts: ReadonlyMap<string, string>,
): string[] {
  const first = new Map<string, number>();
  return log.flatMap((row) => {
    const problems: string[] = [];
    const where = `${room}: ${String(row.seq)}`;
    const key = `${row.userId} ${row.key}`;
    const before = first.get(key);
    if (before !== undefined)
      problems.push(`G4: ${where} is the message ${row.key} again, which is ${String(before)}`);
    else first.set(key, row.seq);
    const text = texts.get(row.key);
    if (row.kind !== 'message') return problems;
    if (text === undefined) problems.push(`G1: ${where} was sent by nobody: ${row.body}`);
    else if (text !== textOf(row))
      problems.push(`G1: ${where} was sent as "${text}" and is ${row.body}`);
    return problems;
  });
}

function checkAcknowledged(
  oks: readonly EventOf<'ok'>[],
  log: readonly KeptEntry[],
  texts: ReadonlyMap<string, string>,
): string[] {
  const bySeq = new Map(log.map((row) => [row.seq, row]));
  const first = new Map<string, number>();
  return oks.flatMap(({ client, room, key, seq, at }) => {
    const problems: string[] = [];
    const what = `${client} was told at ${seconds(at)} that ${key} is ${String(seq)} of ${room}`;
    const row = bySeq.get(seq);
    if (!row) problems.push(`G1: ${what}, which the database does not have`);
    else if (row.key !== key || textOf(row) !== texts.get(key))
      problems.push(`G1: ${what}, where the database has ${row.key} ${row.body}`);
    const before = first.get(key) ?? seq;
    if (before !== seq) problems.push(`G4: ${what}, and before that it is ${String(before)}`);
    first.set(key, before);
    return problems;
  });
}

/** Each is sent when the one before is acknowledged; one that is sent again keeps its number. */
function checkOrder(oks: readonly EventOf<'ok'>[]): string[] {
  return [...groupBy(oks, ({ client }) => client).values()].flatMap((own) =>
    own.flatMap(({ client, room, key, seq }, i) => {
      const before = own[i - 1];
      if (!before || before.seq <= seq) return [];
      const order = `${key} as ${String(seq)} after ${before.key} as ${String(before.seq)}`;
      return [`G2: ${client} sent to ${room} ${order}`];
    }),
  );
}
