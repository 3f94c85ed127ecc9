import { APP, PusherBed } from './testing/pusher-bed';

const NAME_NOT_ALLOWED = {
  error:
    'The channel name is not allowed. Read channel conventions: https://pusher.com/docs/channels/using_channels/channels/#channel-naming-conventions',
  status: 4009,
};
const UNAUTHORIZED = {
  type: 'AuthError',
  error: 'The connection is unauthorized.',
  status: 401,
};

describe('subscribing', () => {
  let bed: PusherBed;
  beforeAll(async () => {
    const limits = { maxChannelNameLength: 40, maxPresenceMembersPerChannel: 2 };
    bed = await PusherBed.start({}, [{ ...APP, enableClientMessages: true, ...limits }]);
  });
  afterEach(() => {
    bed.clear();
  });
  afterAll(async () => {
    expect(bed.complaints).toEqual([]);
    await bed.close();
  });

  it.each(['public', 'private-a', 'private-encrypted-a', 'cache-a', 'private-cache-a'])(
    'to %s succeeds without data',
    async (channel) => {
      const client = await bed.connect();
      await client.join(channel);
      expect(client.texts[1]).toBe(
        `{"event":"pusher_internal:subscription_succeeded","channel":"${channel}"}`,
      );
    },
  );

  it('gives events to those who are subscribed, in order, with the data as it was published', async () => {
    const [a, b, other] = await Promise.all([bed.connect(), bed.connect(), bed.connect()]);
    await a.join('room');
    await b.join('room');
    await other.join('other');
    for (let i = 0; i < 20; i++) await bed.publish('room', 'said', `{"i":${String(i)}}`);
    await b.next('said');
    for (const client of [a, b]) {
      while (client.messages.filter(({ event }) => event === 'said').length < 20) {
        await client.next('said');
      }
      const said = client.texts.filter((text) => text.includes('"said"'));
      const text = (i: number) =>
        `{"event":"said","channel":"room","data":"{\\"i\\":${String(i)}}"}`;
      expect(said).toEqual(Array.from({ length: 20 }, (_, i) => text(i)));
    }
    await other.settle();
    expect(other.messages.some(({ event }) => event === 'said')).toBe(false);
  });

  it('leaves out the connection that the publisher names', async () => {
    const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
    await a.join('room');
    await b.join('room');
    await bed.publish('room', 'first', 'x', { socket_id: a.socketId });
    await bed.publish('room', 'second', 'x');
    await a.next('second');
    await b.next('second');
    expect(a.messages.some(({ event }) => event === 'first')).toBe(false);
    expect(b.messages.some(({ event }) => event === 'first')).toBe(true);
  });

  it('ends with unsubscribing, and may begin again', async () => {
    const client = await bed.connect();
    await client.join('room');
    client.send({ event: 'pusher:unsubscribe', data: { channel: 'room' } });
    await client.settle();
    await bed.publish('room', 'missed', 'x');
    await client.join('room');
    await bed.publish('room', 'got', 'x');
    await client.next('got');
    expect(client.messages.some(({ event }) => event === 'missed')).toBe(false);
  });

  it('to what one has subscribed to succeeds again, and nobody else hears of it', async () => {
    const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
    await a.join('presence-again', { user_id: 'a' });
    await b.join('presence-again', { user_id: 'b' });
    await b.join('presence-again', { user_id: 'b' });
    await b.join('plain-again');
    await b.next('pusher_internal:subscription_count', 'plain-again');
    await b.join('plain-again');
    await bed.publish('presence-again', 'last', 'x');
    await a.next('last');
    await b.next('last');
    const members = a.messages.filter(({ event }) => event.includes('member_'));
    expect(members.map(({ event }) => event)).toEqual(['pusher_internal:member_added']);
    expect(b.messages.filter(({ event }) => event === 'last')).toHaveLength(1);
    const counts = b.messages.filter(({ event }) => event.endsWith('subscription_count'));
    expect(counts).toHaveLength(1);
    // As somebody else, one leaves and comes.
    await b.join('presence-again', { user_id: 'c' });
    await a.next('pusher_internal:member_removed');
    await a.next('pusher_internal:member_added');
  });

  it('is done in the order in which a client asks', async () => {
    const client = await bed.connect();
    const presence = () => client.authFor('presence-order', { user_id: 'u' });
    for (let i = 0; i < 10; i++) {
      client.subscribe('presence-order', presence());
      client.send({ event: 'pusher:unsubscribe', data: { channel: 'presence-order' } });
    }
    client.subscribe('presence-order', presence());
    for (let i = 0; i < 11; i++) await client.next('pusher_internal:subscription_succeeded');
    const reply = await bed.call('GET', `/apps/${APP.id}/channels/presence-order?info=user_count`);
    expect(await reply.json()).toMatchObject({ occupied: true, user_count: 1 });
  });

  it.each([
    ['no signature', undefined],
    ['a wrong signature', `${APP.key}:${'0'.repeat(64)}`],
    ['a short signature', `${APP.key}:0`],
    ['nonsense', 'x'],
  ])('to a private channel is refused with %s', async (_, auth) => {
    const client = await bed.connect();
    client.subscribe('private-a', { ...(auth && { auth }) });
    expect(await client.next('pusher:subscription_error')).toEqual({
      event: 'pusher:subscription_error',
      channel: 'private-a',
      data: UNAUTHORIZED,
    });
    client.subscribe('presence-a', { ...(auth && { auth }), channel_data: '{"user_id":"u"}' });
    expect(await client.next('pusher:subscription_error')).toMatchObject({ data: UNAUTHORIZED });
  });

  it('is refused with a signature for another channel, connection or member', async () => {
    const [client, other] = await Promise.all([bed.connect(), bed.connect()]);
    client.subscribe('private-a', client.authFor('private-b'));
    client.subscribe('private-a', other.authFor('private-a'));
    const auth = client.authFor('presence-a', { user_id: 'u' });
    client.subscribe('presence-a', { ...auth, channel_data: '{"user_id":"admin"}' });
    for (let i = 0; i < 3; i++) {
      expect((await client.next('pusher:subscription_error')).data).toEqual(UNAUTHORIZED);
    }
  });

  it.each(['a b', 'a/b', 'ä', '#server-to-user-u', '#x', 'a#b'])(
    'to a channel named "%s" is refused',
    async (channel) => {
      const client = await bed.connect();
      client.subscribe(channel);
      expect((await client.next('pusher:subscription_error', channel)).data).toEqual(
        NAME_NOT_ALLOWED,
      );
    },
  );

  it('takes a name for what it begins with, and for nothing that it contains', async () => {
    const client = await bed.connect();
    await client.join('my-private-a');
    await client.join('x-presence-cache-');
  });

  it('to a channel with too long a name is refused', async () => {
    const client = await bed.connect();
    client.subscribe('x'.repeat(41));
    expect((await client.next('pusher:subscription_error')).data).toEqual({
      type: 'LimitReached',
      error: 'The channel name is longer than the allowed 40 characters.',
      status: 4009,
    });
  });

  it('tells how many subscriptions there are', async () => {
    const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
    await a.join('count');
    const event = 'pusher_internal:subscription_count';
    expect((await a.next(event)).data).toEqual({ subscription_count: 1 });
    await b.join('count');
    expect((await a.next(event)).data).toEqual({ subscription_count: 2 });
    b.drop();
    expect((await a.next(event)).data).toEqual({ subscription_count: 1 });
    await a.join('presence-count', { user_id: 'u' });
    await a.settle();
    const ofPresence = a.messages.filter(
      (it) => it.event === event && it.channel === 'presence-count',
    );
    expect(ofPresence).toEqual([]);
  });
});

describe('a presence channel', () => {
  let bed: PusherBed;
  beforeAll(async () => {
    const limits = { maxPresenceMembersPerChannel: 2, maxPresenceMemberSizeInKb: 1 };
    bed = await PusherBed.start({}, [{ ...APP, ...limits }]);
  });
  afterEach(() => {
    bed.clear();
  });
  afterAll(() => bed.close());

  it('says who is in it, and who comes and goes, once for each user', async () => {
    const channel = 'presence-a';
    const [a, b, b2] = await Promise.all([bed.connect(), bed.connect(), bed.connect()]);
    await a.join(channel, { user_id: 'a', user_info: { name: 'Ann' } });
    expect(a.texts[1]).toBe(
      `{"event":"pusher_internal:subscription_succeeded","channel":"${channel}","data":` +
        `"{\\"presence\\":{\\"ids\\":[\\"a\\"],\\"hash\\":{\\"a\\":{\\"name\\":\\"Ann\\"}},\\"count\\":1}}"}`,
    );
    // A number is a user id as well.
    const joined = await b.join(channel, { user_id: 7 });
    expect(JSON.parse(joined.data as string)).toEqual({
      presence: { ids: ['a', '7'], hash: { a: { name: 'Ann' }, '7': null }, count: 2 },
    });
    expect(await a.next('pusher_internal:member_added')).toEqual({
      event: 'pusher_internal:member_added',
      channel,
      data: '{"user_id":"7"}',
    });
    await b2.join(channel, { user_id: '7' });
    b.drop();
    await bed.publish(channel, 'between', 'x');
    await a.next('between');
    b2.drop();
    expect(await a.next('pusher_internal:member_removed')).toEqual({
      event: 'pusher_internal:member_removed',
      channel,
      data: '{"user_id":"7"}',
    });
    const events = a.messages.map(({ event }) => event);
    expect(events.filter((event) => event.includes('member_'))).toHaveLength(2);
    expect(b2.messages.some(({ event }) => event.includes('member_'))).toBe(false);
  });

  it('has no more members than it may, and another connection of a member is none', async () => {
    const channel = 'presence-full';
    const [a, b, c] = await Promise.all([bed.connect(), bed.connect(), bed.connect()]);
    await a.join(channel, { user_id: 'a' });
    await b.join(channel, { user_id: 'b' });
    c.subscribe(channel, c.authFor(channel, { user_id: 'c' }));
    expect((await c.next('pusher:subscription_error')).data).toEqual({
      type: 'LimitReached',
      error: 'The maximum members per presence channel limit was reached',
      status: 4100,
    });
    await c.join(channel, { user_id: 'a' });
  });

  it('refuses a member that is too large, or that says not who it is', async () => {
    const channel = 'presence-a';
    const client = await bed.connect();
    const large = { user_id: 'a', user_info: 'x'.repeat(1024) };
    client.subscribe(channel, client.authFor(channel, large));
    expect((await client.next('pusher:subscription_error')).data).toEqual({
      type: 'LimitReached',
      error: 'The maximum size for a channel member is 1 KB.',
      status: 4301,
    });
    client.subscribe(channel, client.authFor(channel, { name: 'a' }));
    expect((await client.next('pusher:subscription_error')).data).toMatchObject({
      type: 'AuthError',
      status: 401,
    });
  });

  it('has members that are named like what objects have', async () => {
    const channel = 'presence-proto';
    const [a, b] = await Promise.all([bed.connect(), bed.connect()]);
    await a.join(channel, { user_id: '__proto__', user_info: 1 });
    const joined = await b.join(channel, { user_id: 'constructor' });
    expect(joined.data).toBe(
      '{"presence":{"ids":["__proto__","constructor"],"hash":{"__proto__":1,"constructor":null},"count":2}}',
    );
  });
});

describe('a cache channel', () => {
  let bed: PusherBed;
  beforeAll(async () => {
    bed = await PusherBed.start();
  });
  afterEach(() => {
    bed.clear();
  });
  afterAll(() => bed.close());

  it.each(['cache-a', 'private-cache-a', 'private-encrypted-cache-a', 'presence-cache-a'])(
    '%s gives its last event to who comes later, or says that there is none',
    async (channel) => {
      const member = channel.startsWith('presence') ? { user_id: 'u' } : undefined;
      const [early, late] = await Promise.all([bed.connect(), bed.connect()]);
      await early.join(channel, member);
      await early.next('pusher:cache_miss');
      expect(early.texts).toContain(`{"event":"pusher:cache_miss","channel":"${channel}"}`);
      await bed.publish(channel, 'first', 'x');
      await bed.publish(channel, 'last', '{"n":2}');
      if (channel.startsWith('p') && !channel.includes('encrypted')) {
        // What clients send is not remembered.
        early.send({ event: 'client-x', channel, data: {} });
        await early.settle();
      }
      await late.join(channel, member);
      await late.next('last');
      await late.settle();
      const given = late.messages.filter(({ event }) => !event.startsWith('pusher'));
      expect(given).toEqual([{ event: 'last', channel, data: '{"n":2}' }]);
    },
  );
});
