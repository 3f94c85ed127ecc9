import { eventsOf, seconds, type Evidence } from './evidence';
import { feltFor, overlaps, touchesDatabase, touchesRedis } from './windows';

/** G5, G11: nobody loses a connection, or a place in a room or channel, because Redis or the database is away. */
export function checkPlaces({ history, faults, ending }: Evidence): string[] {
  const isServers = (it: Evidence['faults'][number]) => touchesRedis(it) || touchesDatabase(it);
  const servers = faults.filter(isServers);
  const excused = [...faults.filter((it) => !isServers(it)).map(feltFor), ...ending.stalls];
  return eventsOf(history, 'state').flatMap(({ state, client, room, at }) => {
    const moment = { from: at, to: at };
    if (state !== 'away' || at >= ending.leftAt || overlaps(excused, moment)) return [];
    const during = servers.find((it) => overlaps([feltFor(it)], moment));
    if (!during) return [];
    const guarantee = touchesRedis(during) ? 'G5' : 'G11';
    return [`${guarantee}: ${client} lost ${room} at ${seconds(at)}, during: ${during.what}`];
  });
}
