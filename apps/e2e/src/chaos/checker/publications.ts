import { eventsOf, groupBy, seconds, type EventOf, type Evidence } from './evidence';
import {
  covers,
  feltFor,
  overlaps,
  presenceOf,
  touchesClientsOnly,
  touchesDatabase,
  type Window,
} from './windows';

/** A subscriber that goes so soon after a publication may have gone before it. */
const ON_THE_WAY_MS = 2_000;

/**
 * Pusher channels have no log. A publication is seen at most once by everybody; those that were accepted one after the other are seen
 * in that order; and who is subscribed all the while sees them all, but for times when Redis or a gateway was at fault (G11: the
 * database may be away).
 */
export function checkPublications({ history, faults, ending }: Evidence): string[] {
  const end = history.at(-1)?.at ?? 0;
  const excused = [
    ...faults.filter((it) => !touchesDatabase(it) && !touchesClientsOnly(it)).map(feltFor),
    ...ending.stalls,
  ];
  const byChannel = groupBy(
    history.filter(({ room }) => !ending.readers.has(room)),
    ({ room }) => room,
  );
  return [...byChannel.values()].flatMap((events) => {
    const tried = new Map(eventsOf(events, 'send').map((it) => [it.text, it.at]));
    const published = eventsOf(events, 'published');
    if (tried.size === 0) return [];
    const seen = groupBy(eventsOf(events, 'event'), ({ client }) => client);
    const states = groupBy(eventsOf(events, 'state'), ({ client }) => client);
    return [...seen].flatMap(([client, own]) => [
      ...checkOnce(own, tried),
      ...checkOrder(own, published, excused),
      ...checkLost({
        own,
        published,
        tried,
        excused,
        isIn: presenceOf(states.get(client) ?? [], end),
      }),
    ]);
  });
}

function checkOnce(
  events: readonly EventOf<'event'>[],
  tried: ReadonlyMap<string, number>,
): string[] {
  const seen = new Set<string>();
  return events.flatMap(({ client, room, text, at }) => {
    const what = `${client} saw ${text} in ${room} at ${seconds(at)}`;
    const problems: string[] = [];
    if (seen.has(text)) problems.push(`Pusher: ${what} a second time`);
    if (!tried.has(text)) problems.push(`Pusher: ${what}, which nobody published`);
    seen.add(text);
    return problems;
  });
}

function checkOrder(
  events: readonly EventOf<'event'>[],
  published: readonly EventOf<'published'>[],
  excused: readonly Window[],
): string[] {
  const places = new Map(published.map(({ text, at }, place) => [text, { place, at }]));
  const problems: string[] = [];
  let last: { place: number; at: number; text: string } | null = null;
  for (const { client, room, text, at } of events) {
    const own = places.get(text);
    // What was not accepted in time may come at any time.
    if (!own) continue;
    if (last && own.place < last.place && !overlaps(excused, { from: own.at, to: at }))
      problems.push(
        `Pusher: ${client} saw ${text} after ${last.text} in ${room} at ${seconds(at)}`,
      );
    if (!last || own.place > last.place) last = { ...own, text };
  }
  return problems;
}

function checkLost({
  own,
  published,
  tried,
  excused,
  isIn,
}: {
  own: readonly EventOf<'event'>[];
  published: readonly EventOf<'published'>[];
  tried: ReadonlyMap<string, number>;
  excused: readonly Window[];
  isIn: readonly Window[];
}): string[] {
  const seen = new Set(own.map(({ text }) => text));
  const [{ client } = { client: '' }] = own;
  return published.flatMap(({ room, text, at }) => {
    if (seen.has(text)) return [];
    const window = { from: tried.get(text) ?? at, to: at + ON_THE_WAY_MS };
    if (!covers(isIn, window) || overlaps(excused, window)) return [];
    return [`Pusher: ${client} never saw ${text} of ${room}, published at ${seconds(at)}`];
  });
}
