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

describe('speaking in a room by its channel', () => {
  it('is a message of the room, for its sender as for everybody, and no client event', async () => {
    const slug = await bed.room(await bed.account());
    const guest = await bed.guest('Ada');
    const [speaker, other] = [
      await bed.enter(slug, bed.client(guest.token)),
      await bed.enter(slug, bed.outsider({ user_id: 'other' })),
    ];
    const danmaku = { mode: 'top', color: '#ff0000', size: 'large' };
    speaker.trigger('client-message', { text: ' first ', danmaku, more: 1 });
    await until('the first is heard', () => other.texts().length === 1);
    const [{ seq } = {}] = other.of('message');
    speaker.trigger('client-message', JSON.stringify({ text: 'second', replyTo: seq }));
    for (const listener of [speaker, other]) {
      await until('both are heard', () => listener.texts().length === 2);
      expect(listener.of('message')).toEqual(await bed.entries(slug));
      expect(listener.of('client-message')).toEqual([]);
    }
    expect(other.of('message')).toMatchObject([
      { user: { id: guest.id, name: 'Ada' }, text: 'first', danmaku },
      { user: { id: guest.id }, text: 'second', replyTo: seq },
    ]);
    expect(speaker.faults()).toEqual([]);
  });

  it('G4: a key is a message, however often it is sent', async () => {
    const slug = await bed.room(await bed.account());
    const speaker = await bed.enter(slug, bed.client((await bed.guest('Ada')).token));
    for (let i = 0; i < 3; i++) {
      speaker.trigger('client-message', { text: 'once', key: 'the-same-key' });
    }
    speaker.trigger('client-message', { text: 'last' });
    await until('the last is heard', () => speaker.texts().includes('last'));
    expect(speaker.texts()).toEqual(['once', 'last']);
  });

  it('G10: is refused with a code, to its sender alone', async () => {
    const owner = await bed.account();
    const slug = await bed.room(owner);
    const guest = await bed.guest('Ada');
    const speaker = await bed.enter(slug, bed.client(guest.token));
    const other = await bed.read(slug);
    const refusal = async (data: unknown) => {
      const before = speaker.faults().length;
      speaker.trigger('client-message', data);
      await until('it is refused', () => speaker.faults().length > before);
      return speaker.faults().at(-1);
    };
    expect(await refusal({ text: ' ' })).toBe('invalid: text: text is empty');
    expect(await refusal({ text: 'a', key: 'short' })).toMatch(/^invalid: key: /);
    expect(await refusal('not JSON')).toBe('invalid: data: is not JSON');
    expect(await refusal([])).toMatch(/^invalid: data: /);
    expect(await refusal({ text: 'a', replyTo: 99 })).toMatch(/^invalid: /);
    expect(await refusal({ text: 'a'.repeat(201) })).toMatch(/^too_long: /);
    const call = { token: owner.token, body: { slowModeMs: 60_000 } };
    await bed.call('PATCH', `/api/rooms/${slug}`, call);
    speaker.trigger('client-message', { text: 'my turn' });
    await until('it is heard', () => other.texts().length === 1);
    expect(await refusal({ text: 'too soon' })).toBe('slow_mode: slow mode is on');
    await bed.mute(owner, slug, guest.id);
    expect(await refusal({ text: 'muted' })).toBe('muted: you may not speak here now');
    expect(other.texts()).toEqual(['my turn']);
    expect(other.faults()).toEqual([]);
  });

  it('does not go faster than it may', async () => {
    const slug = await bed.room(await bed.account());
    const speaker = await bed.enter(slug, bed.client((await bed.guest('Ada')).token));
    for (let i = 0; i < 60; i++) speaker.trigger('client-message', { text: String(i) });
    await until(
      'everything is answered',
      () => speaker.texts().length + speaker.faults().length === 60,
    );
    expect(speaker.texts().length).toBeLessThan(40);
    expect(new Set(speaker.faults())).toEqual(new Set(['rate_limited: too fast']));
  });

  it('takes nothing from the public form', async () => {
    const slug = await bed.room(await bed.account());
    const reader = await bed.read(slug);
    reader.client.send_event('client-message', { text: 'hello' }, reader.name);
    await until('it is refused', () => reader.faults().length > 0);
    expect(await bed.entries(slug)).toEqual([]);
  });

  it('G9: lets nothing past the room: other client events reach nobody', async () => {
    const slug = await bed.room(await bed.account());
    const speaker = await bed.enter(slug, bed.client((await bed.guest('Ada')).token));
    const other = await bed.enter(slug, bed.outsider({ user_id: 'other' }));
    speaker.trigger('client-wave', { with: 'left hand' });
    speaker.trigger('client-typing', {});
    await until('it is refused', () => speaker.faults().length > 0);
    expect(speaker.faults()).toEqual([
      'unknown_event: a room has client-message and client-typing',
    ]);
    speaker.trigger('client-message', { text: 'last' });
    await until('what is said is heard', () => other.texts().length > 0);
    expect([...other.of('client-wave'), ...other.of('client-typing')]).toEqual([]);
    expect(await bed.entries(slug)).toHaveLength(1);
  });
});

describe('who speaks', () => {
  it('is a user of the app that signs for them, by the name that it gives them', async () => {
    const slug = await bed.room(await bed.account());
    const members = [
      { user_id: 'a.user-of_ours', user_info: { name: '  Grace\nHopper ' } },
      { user_id: 4711 },
      { user_id: 'long', user_info: { name: 'n'.repeat(33) } },
    ];
    const listeners: Listener[] = [];
    for (const [i, member] of members.entries()) {
      const listener = await bed.enter(slug, bed.outsider(member));
      listener.trigger('client-message', { text: 'hello' });
      await until('it is heard', () => listener.texts().length > 0);
      listeners.push(listener);
      await until('the first hears it too', () => listeners[0]!.texts().length > i);
      expect(listeners[0]!.texts()).toHaveLength(i + 1);
    }
    expect(listeners[0]!.of('message').map((entry) => entry['user'])).toEqual([
      { id: 'a.user-of_ours', name: 'Grace Hopper' },
      { id: '4711', name: '4711' },
      { id: 'long', name: 'long' },
    ]);
  });

  it('is told when the id cannot be one of a room', async () => {
    const slug = await bed.room(await bed.account());
    for (const id of ['', 'a b', 'ünal', 'a'.repeat(25), 'admin']) {
      const listener = new Listener(bed.outsider({ user_id: id }), `presence-room.${slug}`);
      expect(await listener.refused()).toMatchObject({ type: 'AuthError' });
    }
  });

  it('can be muted by that id, dots and all', async () => {
    const owner = await bed.account();
    const slug = await bed.room(owner);
    const speaker = await bed.enter(slug, bed.outsider({ user_id: 'noisy.one' }));
    await bed.mute(owner, slug, 'noisy.one');
    speaker.trigger('client-message', { text: 'blah' });
    await until('it is refused', () => speaker.faults().length > 0);
    expect(speaker.faults()).toEqual(['muted: you may not speak here now']);
    const { mutes } = await bed.call('GET', `/api/rooms/${slug}/mutes`, { token: owner.token });
    expect(mutes).toMatchObject([{ user: { id: 'noisy.one', name: 'noisy.one' } }]);
  });

  it('is no bot and no admin by a signature, whatever the account is', async () => {
    const owner = await bed.account();
    const slug = await bed.room(owner);
    const reader = await bed.read(slug);
    for (const role of ['bot', 'admin'] as const) {
      const { id } = await bed.account(role);
      const speaker = await bed.enter(slug, bed.outsider({ user_id: id }));
      speaker.trigger('client-message', { text: role });
    }
    const ownersOwn = await bed.enter(slug, bed.client(owner.token));
    ownersOwn.trigger('client-message', { text: 'owner' });
    await until('all are heard', () => reader.texts().length === 3);
    const roles = reader
      .of('message')
      .map(({ text, user }) => [text, (user as { role?: string }).role]);
    expect(Object.fromEntries(roles)).toEqual({
      bot: undefined,
      admin: undefined,
      owner: 'owner',
    });
  });
});
