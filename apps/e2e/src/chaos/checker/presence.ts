import { eventsOf, groupBy, seconds, type EventOf, type Evidence } from './evidence';
import { presenceOf, sharedMs, type Window } from './windows';

/** G7 has 5 s, and a count is told at most once a second. */
const TRUE_WITHIN_MS = 6_000;

/** When everybody has to be told the truth of what was so from `since` on: it takes longer where somebody could not run. */
function dueAfter(since: number, { stalls, waits }: Evidence['ending']): number {
  const due = since + TRUE_WITHIN_MS;
  return due + sharedMs([...stalls, ...waits], { from: since, to: due });
}

/** Who is in a room or a channel, by their `state` events. */
interface Place {
  name: string;
  isIn: ReadonlyMap<string, readonly Window[]>;
  changes: readonly number[];
}

/**
 * G7: 5 s after the last change and the last fault everybody who is there is told the true count of viewers, and the members of a
 * presence channel, and every gateway says so too: there are no ghosts, and nobody is missing. Times when one of the processes had no
 * core do not count.
 */
export function checkPresence(evidence: Evidence): string[] {
  const { history, ending } = evidence;
  const end = history.at(-1)?.at ?? 0;
  const states = groupBy(eventsOf(history, 'state'), ({ room }) => room);
  const tellings = groupBy(eventsOf(history, 'viewers', 'members'), ({ room }) => room);
  const places = [...states].map(([name, all]) => placeOf(name, all, end));
  return [
    ...places.flatMap((place) => {
      const byClient = groupBy(tellings.get(place.name) ?? [], ({ client }) => client);
      return calms(place, evidence, end).flatMap((calm) =>
        checkCalm(place, calm, { tellings: byClient, ending }),
      );
    }),
    ...checkCounts(places, ending),
  ];
}

function placeOf(name: string, states: readonly EventOf<'state'>[], end: number): Place {
  const own = groupBy(states, ({ client }) => client);
  return {
    name,
    isIn: new Map([...own].map(([client, all]) => [client, presenceOf(all, end)])),
    changes: states.map(({ at }) => at),
  };
}

/** Times in which nobody came or went and nothing was at fault, for so long that the truth is due. */
function calms({ changes }: Place, { faults, ending }: Evidence, end: number): Window[] {
  const disturbances: Window[] = [
    ...changes.map((at) => ({ from: at, to: at })),
    ...faults.map(({ from, to }) => ({ from, to })),
    { from: end, to: end },
  ].sort((a, b) => a.from - b.from);
  const windows: Window[] = [];
  let since = disturbances[0]?.to ?? end;
  for (const { from, to } of disturbances) {
    if (from > dueAfter(since, ending)) windows.push({ from: since, to: from });
    since = Math.max(since, to);
  }
  return windows;
}

function checkCalm(
  { name, isIn }: Place,
  calm: Window,
  {
    tellings,
    ending,
  }: {
    tellings: ReadonlyMap<string, EventOf<'viewers' | 'members'>[]>;
    ending: Evidence['ending'];
  },
): string[] {
  const there = thoseIn(isIn, calm.from);
  const due = dueAfter(calm.from, ending);
  return there.flatMap((client) => {
    const all = (tellings.get(client) ?? []).filter(({ at }) => at < calm.to);
    const last = all.findLastIndex(({ at }) => at <= due);
    // From the one that stands when the time is over.
    for (const event of all.slice(Math.max(last, 0))) {
      const what = told(event);
      const truth =
        event.type === 'viewers' ? String(there.length) : usersOf(there, ending.members).join(', ');
      if (what === truth) continue;
      const when = `at ${seconds(event.at)}, and nothing had changed since ${seconds(calm.from)}`;
      return [`G7: ${client} was told ${what} of ${name}, where there are ${truth}: ${when}`];
    }
    return [];
  });
}

/** The count, or the members. */
function told(event: EventOf<'viewers' | 'members'>): string {
  return event.type === 'viewers' ? String(event.count) : [...event.ids].sort().join(', ');
}

function thoseIn(isIn: Place['isIn'], at: number): string[] {
  return [...isIn]
    .filter(([, windows]) => windows.some(({ from, to }) => from <= at && at < to))
    .map(([client]) => client);
}

function usersOf(clients: readonly string[], members: ReadonlyMap<string, string>): string[] {
  return [...new Set(clients.map((it) => members.get(it) ?? it))].sort();
}

function checkCounts(places: readonly Place[], { counts, members }: Evidence['ending']): string[] {
  return counts.flatMap(({ gateway, room, at, connections, users }) => {
    const place = places.find(({ name }) => name === room);
    const there = place ? thoseIn(place.isIn, at) : [];
    const who = `gateway ${String(gateway + 1)}`;
    const problems: string[] = [];
    if (connections !== there.length) {
      const said = connections === null ? 'nothing' : String(connections);
      problems.push(
        `G7: ${who} said at ${seconds(at)} of ${room}: ${said}; there are ${String(there.length)} connections`,
      );
    }
    const truth = usersOf(there, members).join(', ');
    const named = users && [...users].sort().join(', ');
    if (named !== null && named !== truth)
      problems.push(`G7: ${who} named in ${room}: ${named}; there are ${truth}`);
    return problems;
  });
}
