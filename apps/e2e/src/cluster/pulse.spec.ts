import { useCluster } from '../testing/bed';
import { kill } from '../testing/processes';
import type { RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();
/** In one go; fewer than anybody may give at once. */
const LIKES = 15;

describe('pulses', () => {
  it('P15: the viewers of all gateways are counted together, and again when some leave', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const clients = await Promise.all([0, 0, 1, 1, 2].map((gateway) => bed().open(gateway)));
    for (const client of clients) await client.ok('join', { room });
    const seen = (viewers: number) =>
      waitFor(
        () => clients.every((it) => it.close || it.pulses(room).at(-1)?.viewers === viewers),
        {
          what: `everybody sees ${String(viewers)} viewers`,
        },
      );
    await seen(5);
    expect((await api.describe(room)).viewers).toBe(5);
    const late = await (await bed().open(2)).ok('join', { room });
    expect(late.viewers).toBe(6);
    await seen(6);
    clients[0]!.ws.close();
    await clients[1]!.ok('leave', { room });
    await waitFor(() => clients[4]!.pulses(room).at(-1)?.viewers === 4, { what: 'four are left' });
  });

  it('P15, G7: who comes while others go is told the true count as well', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const [stays, ...leave] = await Promise.all([0, 0, 0].map((gateway) => bed().open(gateway)));
    for (const client of [stays!, ...leave]) await client.ok('join', { room });
    await waitFor(() => stays!.pulses(room).at(-1)?.viewers === 3, { what: 'three are told' });
    const newcomers = await Promise.all([0, 0].map((gateway) => bed().open(gateway)));
    // All in the same second: as many as before when the next pulse is due.
    for (const client of leave) await client.ok('leave', { room });
    const told = new Map<RawClient, number>();
    for (const client of newcomers) {
      const { viewers } = await client.ok('join', { room });
      told.set(client, viewers);
    }
    const known = (it: RawClient) => it.pulses(room).at(-1)?.viewers ?? told.get(it);
    await waitFor(() => newcomers.every((it) => known(it) === 3), {
      what: 'the newcomers know that there are three',
    });
  });

  it('P15: a connection that joins twice is one viewer', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const client = await bed().open(0);
    await client.ok('join', { room });
    await client.ok('join', { room, after: 0 });
    await waitFor(() => client.pulses(room).length > 0, { what: 'a pulse' });
    expect(client.pulses(room).at(-1)?.viewers).toBe(1);
  });

  it('G7: users are counted once, whatever connections they have, also when their gateway died', async () => {
    const { api, cluster } = bed();
    const room = await api.room(await api.account());
    const [ada, bob] = [await api.guest(), await api.guest()];
    const doors = [
      [0, ada],
      [1, ada],
      [1, bob],
      [2, null],
    ] as const;
    for (const [gateway, who] of doors) {
      const client = await bed().open(gateway, who ? { token: who.token } : {});
      await client.ok('join', { room });
    }
    const counted = (users: number, viewers: number) =>
      waitFor(
        async () => {
          const told = await api.describe(room);
          return told.users === users && told.viewers === viewers;
        },
        { what: `${String(users)} users are told` },
      );
    await counted(2, 4);
    kill(cluster.pid(1));
    await counted(1, 2);
    await cluster.isWhole();
  });

  it('P15: likes and who types reach every gateway, at most once a second, and nothing comes when nothing changed', async () => {
    const { api } = bed();
    const guest = await api.guest();
    const room = await api.room(await api.account());
    const fan = await bed().open(0, { token: guest.token });
    const others = await Promise.all([0, 1, 2].map((gateway) => bed().open(gateway)));
    for (const client of [fan, ...others]) await client.ok('join', { room });
    const before = new Map(others.map((it) => [it, it.pulses(room).length]));
    const began = performance.now();
    for (let i = 0; i < LIKES; i++) await fan.ok('like', { room, count: 3 });
    await fan.ok('typing', { room });
    const likes = (client: (typeof others)[0]) =>
      client.pulses(room).reduce((sum, pulse) => sum + (pulse.likes ?? 0), 0);
    await waitFor(() => others.every((it) => likes(it) === 3 * LIKES), {
      what: 'all likes are seen',
    });
    await waitFor(
      () =>
        others.every((it) => it.pulses(room).some(({ typing }) => typing?.includes(guest.name))),
      { what: 'all see who types' },
    );
    // Not for each of the likes. By their number: one that is held up on its way may come together with the next one.
    const seconds = (performance.now() - began) / 1_000;
    for (const [client, count] of before)
      expect(client.pulses(room).length - count).toBeLessThanOrEqual(seconds + 2);
    for (const client of others) {
      const pulses = client.pulses(room);
      for (const [i, { viewers, likes, typing }] of pulses.entries()) {
        const isNews = viewers !== pulses[i - 1]?.viewers || likes || typing;
        expect(isNews).toBeTruthy();
      }
    }
  });

  it('likes by nobody, in a room not joined, and too many are refused', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const nobody = await bed().open(0);
    await nobody.ok('join', { room });
    expect((await nobody.refused('like', { room, count: 1 })).code).toBe('unauthenticated');
    const guest = await bed().open(0, { token: (await api.guest()).token });
    expect((await guest.refused('like', { room, count: 1 })).code).toBe('not_joined');
    expect((await guest.refused('typing', { room })).code).toBe('not_joined');
    expect((await guest.refused('read', { room, seq: 1 })).code).toBe('not_joined');
    await guest.ok('join', { room });
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => guest.ask({ event: 'like', data: { room, count: 20 } })),
    );
    const errors = replies.flatMap((it) => (it.event === 'error' ? it.data : []));
    expect(errors.length).toBeGreaterThan(0);
    for (const { code, retryAfterMs } of errors) {
      expect(code).toBe('rate_limited');
      expect(retryAfterMs).toBeGreaterThan(0);
    }
  });

  it('how far somebody has read is taken', async () => {
    const { api } = bed();
    const owner = await api.account();
    const room = await api.room(owner);
    const client = await bed().open(0, { token: owner.token });
    await client.ok('join', { room });
    const { seq } = await client.say(room, 'read me');
    await expect(client.ok('read', { room, seq })).resolves.toEqual({});
    await expect(client.ok('read', { room, seq: 0 })).resolves.toEqual({});
  });
});
