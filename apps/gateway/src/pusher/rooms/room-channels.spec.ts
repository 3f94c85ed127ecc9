import { Listener, RoomBed } from './testing/room-bed';
import { until } from '../../testing/until';

let bed: RoomBed;
beforeAll(async () => {
  bed = await RoomBed.start();
});
afterEach(() => {
  bed.clear();
  expect(bed.complaints.splice(0)).toEqual([]);
});
afterAll(() => bed.stop());

describe('reading a room by its channels', () => {
  it('G2: gives its entries, each once and in order, in both forms', async () => {
    const owner = await bed.account('bot');
    const slug = await bed.room(owner);
    await bed.say(owner, slug, 'before anybody listens');
    const everybody = await bed.read(slug);
    const somebody = await bed.enter(slug, bed.client((await bed.guest('Ada')).token));
    await Promise.all(Array.from({ length: 100 }, (_, i) => bed.say(owner, slug, String(i))));
    await bed.call('PATCH', `/api/rooms/${slug}`, { token: owner.token, body: { title: 'New' } });
    for (const listener of [everybody, somebody]) {
      await until('the last entry is heard', () => listener.of('room').at(0));
      const [, ...rest] = await bed.entries(slug);
      const heard = listener.heard.filter(({ data }) => 'seq' in data);
      expect(heard.map(({ data }) => data)).toEqual(rest);
      expect(heard.every(({ event, data }) => event === data['kind'])).toBe(true);
    }
  });

  it('tells of a deletion, and gives the text to nobody who comes later', async () => {
    const owner = await bed.account();
    const slug = await bed.room(owner);
    const early = await bed.read(slug);
    const seq = await bed.say(owner, slug, 'oh no');
    await bed.removeMessage(owner, slug, seq);
    await until('the deletion is heard', () => early.of('delete').at(0));
    expect(early.of('delete')).toMatchObject([{ target: seq, by: owner.id }]);
    const late = await bed.read(slug);
    await bed.say(owner, slug, 'after');
    await until('what comes later is heard', () => late.texts().length > 0);
    expect(late.texts()).toEqual(['after']);
    expect((await bed.entries(slug))[0]).toMatchObject({ seq, withdrawn: true });
  });

  it('P15: tells of viewers and typing, at most once a second', async () => {
    const slug = await bed.room(await bed.account());
    const ada = await bed.enter(slug, bed.client((await bed.guest('Ada')).token));
    const reader = await bed.read(slug);
    ada.trigger('client-typing', {});
    await until('typing is in a pulse', () =>
      reader.of('pulse').find((pulse) => 'typing' in pulse),
    );
    expect(reader.of('pulse').find((pulse) => 'typing' in pulse)).toEqual({
      room: slug,
      viewers: 2,
      typing: ['Ada'],
    });
  });

  it('counts a subscriber as a viewer until the subscription or the connection ends', async () => {
    const slug = await bed.room(await bed.account());
    const first = await bed.read(slug);
    const second = await bed.enter(slug, bed.client((await bed.guest('Ada')).token));
    const third = await bed.read(slug);
    await until('three are counted', async () => (await bed.viewers(slug)) === 3);
    first.client.unsubscribe(first.name);
    await until('one is gone', async () => (await bed.viewers(slug)) === 2);
    second.client.disconnect();
    await until('two are gone', async () => (await bed.viewers(slug)) === 1);
    await bed.say(await bed.account(), slug, 'still here?');
    await until('who stays still hears', () => third.texts().length > 0);
    expect(first.texts()).toEqual([]);
    third.client.disconnect();
    await until('all are gone', async () => (await bed.viewers(slug)) === 0);
  });

  it('keeps the room open for as long as somebody listens', async () => {
    const owner = await bed.account();
    const [listened, visited] = [await bed.room(owner), await bed.room(owner)];
    const reader = await bed.read(listened);
    await bed.entries(visited);
    const open = async () => {
      const { text } = await bed.call('GET', '/metrics');
      return Number(/^hubbub_open_rooms\S* (\d+)$/m.exec(text as string)?.[1]);
    };
    expect(await open()).toBeGreaterThanOrEqual(2);
    await until('every other room is closed', async () => (await open()) <= 1, 25_000);
    expect(await open()).toBe(1);
    await bed.say(owner, listened, 'are you there?');
    await until('it is heard', () => reader.texts().length > 0);
  });
});

describe('rooms that are not for everybody', () => {
  it('are as little there as those that do not exist, in every form and for everybody', async () => {
    const owner = await bed.account();
    const secret = await bed.room(owner, { visibility: 'private' });
    const errors = [];
    for (const slug of [secret, 'no-such-room', 'NoRoom']) {
      const listeners = [
        new Listener(bed.client(), `room.${slug}`),
        new Listener(bed.outsider({ user_id: owner.id }), `presence-room.${slug}`),
        new Listener(bed.outsider({ user_id: 'stranger' }), `presence-room.${slug}`),
      ];
      for (const listener of listeners) errors.push(await listener.refused());
    }
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
    expect(errors[0]).toMatchObject({ type: 'AuthError', status: 404 });
    const guest = await bed.guest('Ada');
    const call = { token: owner.token, body: { user: guest.id } };
    const { slug: two } = await bed.call('POST', '/api/direct', call);
    await new Listener(bed.client(), `room.${two as string}`).refused();
  });

  it('are taken from those who listen when they become so, and when they go', async () => {
    const owner = await bed.account();
    const [hidden, removed] = [await bed.room(owner), await bed.room(owner)];
    const listeners = [
      await bed.read(hidden),
      await bed.enter(hidden, bed.client(owner.token)),
      await bed.read(removed),
    ];
    const call = { token: owner.token };
    const body = { visibility: 'private' };
    await bed.call('PATCH', `/api/rooms/${hidden}`, { ...call, body });
    await bed.call('DELETE', `/api/rooms/${removed}`, call);
    for (const listener of listeners) {
      expect(await listener.refused()).toMatchObject({ type: 'AuthError', status: 404 });
    }
    await bed.say(owner, hidden, 'a secret');
    const { viewers } = await bed.call('GET', `/api/rooms/${hidden}`, call);
    expect(viewers).toBe(0);
    expect(listeners.flatMap((listener) => listener.texts())).toEqual([]);
  });
});
