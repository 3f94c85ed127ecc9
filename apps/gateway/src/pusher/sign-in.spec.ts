import { APP, PusherBed } from './testing/pusher-bed';

describe('signing in', () => {
  let bed: PusherBed;
  beforeAll(async () => {
    bed = await PusherBed.start();
  });
  afterEach(() => {
    bed.clear();
  });
  afterAll(() => bed.close());

  const signedIn = async (user: object) => {
    const client = await bed.connect();
    client.signIn(user);
    await client.next('pusher:signin_success');
    return client;
  };

  it('gives back the user data', async () => {
    const client = await bed.connect();
    client.signIn({ id: 'u', user_info: { name: 'Ann' } });
    expect(await client.next('pusher:signin_success')).toEqual({
      event: 'pusher:signin_success',
      data: { user_data: '{"id":"u","user_info":{"name":"Ann"}}' },
    });
  });

  it('gives a user the events that are for the user, on all of their connections', async () => {
    const [a, a2, b] = [
      await signedIn({ id: 'a' }),
      await signedIn({ id: 'a' }),
      await signedIn({ id: 'b' }),
    ];
    await bed.publish('#server-to-user-a', 'note', '"x"');
    for (const client of [a, a2]) {
      expect(await client.next('note')).toEqual({
        event: 'note',
        channel: '#server-to-user-a',
        data: '"x"',
      });
    }
    await b.settle();
    expect(b.messages.some(({ event }) => event === 'note')).toBe(false);
  });

  it("lets pusher-js subscribe to the user's own channel, and gives nothing twice for it", async () => {
    const client = await signedIn({ id: 'a' });
    await client.join('#server-to-user-a');
    client.subscribe('#server-to-user-b');
    await client.next('pusher:subscription_error', '#server-to-user-b');
    await bed.publish('#server-to-user-a', 'note', 'x');
    await client.next('note');
    client.send({ event: 'pusher:unsubscribe', data: { channel: '#server-to-user-a' } });
    await client.settle();
    await bed.publish('#server-to-user-a', 'last', 'x');
    await client.next('last');
    expect(client.messages.filter(({ event }) => event === 'note')).toHaveLength(1);
  });

  it('as somebody else ends being who one was', async () => {
    const client = await signedIn({ id: 'a' });
    client.signIn({ id: 'b' });
    await client.next('pusher:signin_success');
    await bed.publish('#server-to-user-a', 'for-a', 'x');
    await bed.publish('#server-to-user-b', 'for-b', 'x');
    await client.next('for-b');
    expect(client.messages.some(({ event }) => event === 'for-a')).toBe(false);
  });

  it('closes 4009 with a wrong signature, or without an id', async () => {
    const client = await bed.connect();
    const data = '{"id":"u"}';
    client.send({ event: 'pusher:signin', data: { auth: `${APP.key}:0`, user_data: data } });
    expect(await client.end()).toEqual({ code: 4009, reason: 'Connection not authorized.' });
    const nobody = await bed.connect();
    nobody.signIn({ name: 'x' });
    expect(await nobody.end()).toEqual({
      code: 4009,
      reason: 'The returned user data must contain the "id" field.',
    });
  });

  it('lets the app close all connections of a user', async () => {
    const [a, a2, b] = [
      await signedIn({ id: 'a' }),
      await signedIn({ id: 'a' }),
      await signedIn({ id: 'b' }),
    ];
    const reply = await bed.call('POST', `/apps/${APP.id}/users/a/terminate_connections`);
    expect([reply.status, await reply.json()]).toEqual([200, { ok: true }]);
    for (const client of [a, a2]) {
      expect(await client.end()).toEqual({
        code: 4009,
        reason: 'You got disconnected by the app.',
      });
    }
    await b.settle();
    expect(b.closed).toBeNull();
  });

  it('tells which of the users that one watches are online, and when that changes', async () => {
    const online = await signedIn({ id: 'online' });
    const watcher = await bed.connect();
    watcher.signIn({ id: 'w', watchlist: ['online', 'offline'] });
    const event = 'pusher_internal:watchlist_events';
    expect(await watcher.next(event)).toEqual({
      event,
      data: {
        events: [
          { name: 'online', user_ids: ['online'] },
          { name: 'offline', user_ids: ['offline'] },
        ],
      },
    });
    const offline = await signedIn({ id: 'offline' });
    expect((await watcher.next(event)).data).toEqual({
      events: [{ name: 'online', user_ids: ['offline'] }],
    });
    const second = await signedIn({ id: 'online' });
    online.drop();
    offline.drop();
    expect((await watcher.next(event)).data).toEqual({
      events: [{ name: 'offline', user_ids: ['offline'] }],
    });
    second.drop();
    expect((await watcher.next(event)).data).toEqual({
      events: [{ name: 'offline', user_ids: ['online'] }],
    });
  });

  it('watches the first 100 of a watchlist that is longer, and says so', async () => {
    const last = await signedIn({ id: 'u100' });
    const watcher = await bed.connect();
    watcher.signIn({ id: 'w', watchlist: Array.from({ length: 101 }, (_, i) => `u${String(i)}`) });
    expect((await watcher.next('pusher:error')).data).toMatchObject({ code: 4302 });
    const { data } = await watcher.next('pusher_internal:watchlist_events');
    const { events } = data as { events: { name: string; user_ids: string[] }[] };
    expect(events.map(({ name, user_ids }) => [name, user_ids.length])).toEqual([['offline', 100]]);
    last.drop();
  });
});
