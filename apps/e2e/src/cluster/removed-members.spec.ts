import { unique, type Person } from '../testing/api';
import { useCluster } from '../testing/bed';
import { kill } from '../testing/processes';
import { PusherSocket } from '../testing/pusher-socket';
import type { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(120_000);
const bed = useCluster();
const ROUNDS = 10;

let owner: Person;
let keeper: RawClient;
const sockets: PusherSocket[] = [];
beforeAll(async () => {
  owner = await bed().api.account();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.drop();
});

async function privateRoom(...members: Person[]): Promise<string> {
  const room = await bed().api.room(owner, { visibility: 'private' });
  for (const { id } of members) await give(room, id, 'member');
  keeper = await bed().open(0, { token: owner.token });
  await keeper.ok('join', { room });
  return room;
}

async function give(room: string, user: string, role: 'member' | null): Promise<void> {
  const call = { token: owner.token, ...(role && { body: { role } }) };
  await bed().api.must(role ? 'PUT' : 'DELETE', `/api/rooms/${room}/members/${user}`, call);
}

/** Of the owner, at every gateway: what they have was given out there. */
async function witnesses(room: string): Promise<RawClient[]> {
  return Promise.all(
    [0, 1, 2].map(async (gateway) => {
      const client = await bed().open(gateway, { token: owner.token });
      await client.ok('join', { room });
      return client;
    }),
  );
}

/** Says it, and resolves when every gateway has given it out. */
async function sayToAll(room: string, text: string, seeing: RawClient[]): Promise<void> {
  const { seq } = await keeper.say(room, text);
  await waitFor(() => seeing.every((it) => it.logs(room).some(({ to }) => to >= seq)), {
    what: 'every gateway has given it out',
  });
}

function heard(clients: RawClient[], text: string): number[] {
  return clients.flatMap((it, i) => (JSON.stringify(it.frames).includes(text) ? [i] : []));
}

describe('G9, G10: who is a member no more', () => {
  it('is given nothing that is said after the ok of the removal, at any gateway', async () => {
    const members = await Promise.all(Array.from({ length: ROUNDS }, () => bed().api.account()));
    const room = await privateRoom(...members);
    const seeing = await witnesses(room);
    for (const [i, member] of members.entries()) {
      const removed = await Promise.all(
        [0, 1, 2].map((gateway) => bed().open(gateway, { token: member.token })),
      );
      for (const client of removed) await client.ok('join', { room });
      await give(room, member.id, null);
      const text = `after-removal-${String(i)}.`;
      await sayToAll(room, text, seeing);
      expect(heard(removed, text)).toEqual([]);
    }
  });

  it('does not slip in by a join that is under way', async () => {
    const member = await bed().api.account();
    const room = await privateRoom();
    const seeing = await witnesses(room);
    for (let i = 0; i < ROUNDS; i++) {
      await give(room, member.id, 'member');
      const clients = await Promise.all(
        [0, 0, 1, 1, 2, 2].map((gateway) => bed().open(gateway, { token: member.token })),
      );
      const joins = clients.map((client) =>
        client.ask({ event: 'join', data: { room, after: 0 } }).catch(() => null),
      );
      await Promise.all([give(room, member.id, null), ...joins]);
      const text = `after-the-race-${String(i)}.`;
      await sayToAll(room, text, seeing);
      expect(heard(clients, text)).toEqual([]);
    }
  });

  it('G5: is given nothing while Redis is away either', async () => {
    const member = await bed().api.account();
    const room = await privateRoom(member);
    const seeing = await witnesses(room);
    const removed = await Promise.all(
      [0, 1, 2].map((gateway) => bed().open(gateway, { token: member.token })),
    );
    for (const client of removed) await client.ok('join', { room });
    const redis = bed().cluster.pid('redis');
    kill(redis, 'SIGSTOP');
    try {
      await give(room, member.id, null);
      for (let i = 0; i < 5; i++) {
        const text = `without-redis-${unique()}`;
        await sayToAll(room, text, seeing);
        expect(heard(removed, text)).toEqual([]);
      }
      for (const gateway of [0, 1, 2]) {
        const again = await bed().open(gateway, { token: member.token });
        expect((await again.refused('join', { room, after: 0 })).code).toBe('forbidden');
      }
    } finally {
      kill(redis, 'SIGCONT');
    }
  });
});

describe('G9, G10: a room that becomes private', () => {
  it('gives nothing more to others, by either protocol, from the ok on', async () => {
    const { api, cluster } = bed();
    for (let i = 0; i < ROUNDS; i++) {
      const room = await api.room(owner);
      keeper = await bed().open(0, { token: owner.token });
      await keeper.ok('join', { room });
      const seeing = await witnesses(room);
      const others = await Promise.all([0, 1, 2].map((gateway) => bed().open(gateway)));
      for (const client of others) await client.ok('join', { room });
      const channels = await Promise.all(
        [0, 1, 2].map((gateway) => PusherSocket.open(cluster.gateway(gateway))),
      );
      sockets.push(...channels);
      for (const socket of channels) await socket.join(`room.${room}`);
      await api.patch(owner, room, { visibility: 'private' });
      const text = `between-us-${String(i)}.`;
      await sayToAll(room, text, seeing);
      expect(heard(others, text)).toEqual([]);
      expect(channels.filter((it) => JSON.stringify(it.messages).includes(text))).toEqual([]);
    }
  });
});
