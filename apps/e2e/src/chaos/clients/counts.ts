import { isDeepStrictEqual } from 'node:util';
import { Api } from '../../testing/api';
import type { Cluster } from '../../testing/cluster';
import { pusherApi } from '../../testing/pusher-pages';
import type { Count } from '../ending';
import type { People } from './people';

/** How many of the SDK's connections have joined a room. */
function viewers({ sdk }: People, room: string): number {
  return sdk.filter(({ rooms }) => rooms.get(room)?.state.status === 'joined').length;
}

function users({ subscribers, passersBy, channels: [, presence] }: People): string[] {
  const there = [
    ...subscribers.filter((it) => it.isIn(presence)),
    ...passersBy.filter((it) => it.isIn),
  ];
  return [...new Set(there.map(({ user }) => user))].sort();
}

/** Everybody who is there was told how many, and who, are there. */
export function areTrue(people: People): boolean {
  const { sdk, readers, subscribers, channels } = people;
  const areCounted = [...readers.keys()].every((slug) => {
    const count = viewers(people, slug);
    const joined = sdk.flatMap(({ rooms }) => rooms.get(slug) ?? []);
    return joined.every((it) => it.state.status !== 'joined' || it.viewers === count);
  });
  const [, presence] = channels;
  const there = users(people);
  return (
    areCounted &&
    subscribers.every(
      (it) => !it.isIn(presence) || isDeepStrictEqual(it.membersOf(presence), there),
    )
  );
}

/** What each gateway says by HTTP, and whether it is so. What gives no answer is `null`. */
export async function askCounts(
  people: People,
  cluster: Cluster,
  now: () => number,
): Promise<{ counts: Count[]; areTrue: boolean }> {
  const { readers, subscribers, passersBy, channels } = people;
  const [, presence] = channels;
  const counts: Count[] = [];
  let isRight = true;
  for (const [gateway, url] of cluster.gateways.entries()) {
    const api = new Api(url, cluster.adminToken);
    for (const room of readers.keys()) {
      const connections = await api.describe(room).then(({ viewers }) => viewers, nothing);
      counts.push({ gateway, room, at: now(), connections, users: null });
      isRight &&= connections === viewers(people, room);
    }
    for (const room of channels) {
      const isPresence = room === presence;
      const connections = await ask(url, `/channels/${room}`).then(subscriptions, nothing);
      const ids = isPresence
        ? await ask(url, `/channels/${room}/users`).then(userIds, nothing)
        : null;
      counts.push({ gateway, room, at: now(), connections, users: ids });
      const there = subscribers.filter((it) => it.isIn(room)).length;
      const passing = isPresence ? passersBy.filter((it) => it.isIn).length : 0;
      isRight &&= connections === there + passing;
      isRight &&= !isPresence || isDeepStrictEqual(ids, users(people));
    }
  }
  return { counts, areTrue: isRight };
}

const nothing = () => null;

async function ask(gateway: string, path: string): Promise<unknown> {
  return (await pusherApi(gateway).get({ path })).json();
}

function subscriptions(reply: unknown): number {
  return (reply as { subscription_count: number }).subscription_count;
}

function userIds(reply: unknown): string[] {
  return (reply as { users: { id: string }[] }).users.map(({ id }) => id).sort();
}
