import { ANY_NUMBER, ADMIN_TOKEN, startApi, type Api, type Reply } from './testing/api';

type Who = { id: string; token: string };

let api: Api;
let owner: Who;
let moderator: Who;
let member: Who;
let stranger: Who;
let guest: Who;
let n = 0;

beforeAll(async () => {
  api = await startApi();
  owner = await api.account('owner', 'Olga');
  moderator = await api.account('moderator', 'Mo');
  member = await api.account('member', 'Mia');
  stranger = await api.account('stranger', 'Stan');
  guest = await api.guest('Gus');
});
afterAll(() => api.close());
afterEach(() => {
  expect(api.errors.splice(0)).toEqual([]);
});

const as = (who: Who | null) => (who ? { token: who.token } : {});
const get = (path: string, who: Who | null = null) => api.call('GET', path, as(who));

/** A new room of `owner`, with its moderator and its member. */
async function makeRoom(more: object = {}): Promise<string> {
  const slug = `room-${String(++n)}`;
  const body = { slug, title: `Room ${String(n)}`, ...more };
  const made = await api.call('POST', '/api/rooms', { ...as(owner), body });
  expect(made.status).toBe(201);
  for (const [who, role] of [
    [moderator, 'moderator'],
    [member, 'member'],
  ] as const) {
    const path = `/api/rooms/${slug}/members/${who.id}`;
    const given = await api.call('PUT', path, { ...as(owner), body: { role } });
    expect(given.status).toBe(204);
  }
  return slug;
}

const refused = (status: number, code: string, field?: string) => ({
  status,
  body: { code, ...(field !== undefined && { field }) },
});
const slugs = (reply: Reply) =>
  (reply.body as { rooms: { slug: string }[] }).rooms.map((r) => r.slug);
const next = (reply: Reply) => (reply.body as { next: string | null }).next;

describe('a room', () => {
  it('is made by an account, and everybody sees it', async () => {
    const body = {
      slug: 'first',
      title: '  First\nroom ',
      streamUrl: 'https://cdn.test/live.m3u8',
    };
    const made = await api.call('POST', '/api/rooms', { ...as(owner), body });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      slug: 'first',
      title: 'First room',
      state: 'offline',
      visibility: 'public',
      owner: { id: owner.id, name: 'Olga' },
      streamUrl: 'https://cdn.test/live.m3u8',
      slowModeMs: 0,
      createdAt: ANY_NUMBER,
      users: 0,
      viewers: 0,
    });
    const seen = await get('/api/rooms/first');
    expect(seen).toMatchObject({ status: 200, body: made.body as object });
    expect(seen.headers.get('cache-control')).toBe('no-store');
  });

  it('has a name that nobody else has', async () => {
    const slug = await makeRoom();
    const body = { slug, title: 'Again' };
    await expect(api.call('POST', '/api/rooms', { ...as(stranger), body })).resolves.toMatchObject(
      refused(409, 'conflict', 'slug'),
    );
    const race = await Promise.all(
      [1, 2, 3].map(() =>
        api.call('POST', '/api/rooms', { ...as(owner), body: { slug: 'race', title: 'Race' } }),
      ),
    );
    expect(race.map((reply) => reply.status).sort()).toEqual([201, 409, 409]);
  });

  it('is not made by guests or by nobody', async () => {
    const body = { slug: 'of-guests', title: 'X' };
    await expect(api.call('POST', '/api/rooms', { ...as(guest), body })).resolves.toMatchObject(
      refused(403, 'forbidden'),
    );
    await expect(api.call('POST', '/api/rooms', { body })).resolves.toMatchObject(
      refused(401, 'unauthenticated'),
    );
  });

  it('is made by a trusted server, without an owner', async () => {
    const body = { slug: 'of-the-house', title: 'House' };
    const made = await api.call('POST', '/api/rooms', { token: ADMIN_TOKEN, body });
    expect(made).toMatchObject({ status: 201, body: { owner: null } });
    const change = { state: 'live' };
    const live = await api.call('PATCH', '/api/rooms/of-the-house', {
      token: ADMIN_TOKEN,
      body: change,
    });
    expect(live).toMatchObject({ status: 200, body: { state: 'live' } });
  });

  it.each([
    [{ slug: 'Caps', title: 'X' }, 'slug'],
    [{ slug: '-x', title: 'X' }, 'slug'],
    [{ slug: '~two', title: 'X' }, 'slug'],
    [{ slug: 'x'.repeat(49), title: 'X' }, 'slug'],
    [{ slug: 'ok', title: '' }, 'title'],
    [{ slug: 'ok', title: 'x'.repeat(101) }, 'title'],
    [{ slug: 'ok', title: 'X', visibility: 'secret' }, 'visibility'],
    [{ slug: 'ok', title: 'X', streamUrl: 'javascript:alert(1)' }, 'streamUrl'],
    [{ title: 'X' }, 'slug'],
  ])('is told what is wrong with %j', async (body, field) => {
    await expect(api.call('POST', '/api/rooms', { ...as(owner), body })).resolves.toMatchObject(
      refused(400, 'invalid', field),
    );
  });

  it('that there is not is not found', async () => {
    for (const call of [
      get('/api/rooms/nowhere', owner),
      get('/api/rooms/nowhere/entries', owner),
      get('/api/rooms/nowhere/members', owner),
      get('/api/rooms/nowhere/mutes', owner),
      api.call('PATCH', '/api/rooms/nowhere', { ...as(owner), body: { title: 'X' } }),
      api.call('DELETE', '/api/rooms/nowhere', as(owner)),
      api.call('POST', '/api/rooms/nowhere/messages', {
        ...as(owner),
        body: { key: 'k1234567', text: 'hello' },
      }),
    ]) {
      await expect(call).resolves.toMatchObject(refused(404, 'not_found'));
    }
    await expect(get('/api/rooms/NO!')).resolves.toMatchObject(refused(400, 'invalid', 'slug'));
  });
});

describe('changing a room', () => {
  const patch = (slug: string, who: Who | null, body: unknown) =>
    api.call('PATCH', `/api/rooms/${slug}`, { ...as(who), body });

  it('is an entry of its log, with what has changed and nothing else', async () => {
    const slug = await makeRoom();
    const { body: before } = await get(`/api/rooms/${slug}`);
    const { title } = before as { title: string };
    const changed = await patch(slug, owner, { state: 'live', title, slowModeMs: 3000 });
    expect(changed).toMatchObject({ status: 200, body: { state: 'live', slowModeMs: 3000 } });
    await expect(patch(slug, owner, { state: 'live' })).resolves.toMatchObject({ status: 200 });
    await expect(patch(slug, owner, {})).resolves.toMatchObject({ status: 200 });
    await expect(get(`/api/rooms/${slug}`)).resolves.toMatchObject({
      body: changed.body as object,
    });
    const log = await get(`/api/rooms/${slug}/entries`);
    expect(log.body).toEqual({
      entries: [{ seq: 1, at: ANY_NUMBER, kind: 'room', state: 'live', slowModeMs: 3000 }],
      more: false,
    });
  });

  it('loses nothing where many change it at once', async () => {
    const slug = await makeRoom();
    const replies = await Promise.all([
      patch(slug, owner, { title: 'One' }),
      patch(slug, owner, { state: 'live' }),
      patch(slug, owner, { slowModeMs: 1000 }),
    ]);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]);
    await expect(get(`/api/rooms/${slug}`)).resolves.toMatchObject({
      body: { title: 'One', state: 'live', slowModeMs: 1000 },
    });
  });

  it('is the owner’s; moderators change title and slow mode', async () => {
    const slug = await makeRoom();
    await expect(patch(slug, moderator, { title: 'Mo’s', slowModeMs: 5 })).resolves.toMatchObject({
      status: 200,
      body: { title: 'Mo’s' },
    });
    for (const [body, field] of [
      [{ state: 'live' }, 'state'],
      [{ visibility: 'private' }, 'visibility'],
      [{ title: 'X', streamUrl: null }, 'streamUrl'],
    ] as const) {
      await expect(patch(slug, moderator, body)).resolves.toMatchObject(
        refused(403, 'forbidden', field),
      );
    }
    for (const who of [member, stranger, guest]) {
      await expect(patch(slug, who, { title: 'X' })).resolves.toMatchObject(
        refused(403, 'forbidden'),
      );
    }
    await expect(patch(slug, null, { title: 'X' })).resolves.toMatchObject(
      refused(401, 'unauthenticated'),
    );
  });

  it.each([
    [{ state: 'on' }, 'state'],
    [{ slowModeMs: -1 }, 'slowModeMs'],
    [{ slowModeMs: 600_001 }, 'slowModeMs'],
    [{ title: ' ' }, 'title'],
    [{ streamUrl: 'ftp://x' }, 'streamUrl'],
  ])('is told what is wrong with %j', async (body, field) => {
    const slug = await makeRoom();
    await expect(patch(slug, owner, body)).resolves.toMatchObject(refused(400, 'invalid', field));
  });
});

describe('removing a room', () => {
  it('is the owner’s or an admin’s, and takes its log with it', async () => {
    const slug = await makeRoom();
    const path = `/api/rooms/${slug}`;
    const body = { key: 'k1234567', text: 'hello' };
    await api.call('POST', `${path}/messages`, { ...as(owner), body });
    for (const who of [moderator, stranger]) {
      await expect(api.call('DELETE', path, as(who))).resolves.toMatchObject(
        refused(403, 'forbidden'),
      );
    }
    await expect(api.call('DELETE', path)).resolves.toMatchObject(refused(401, 'unauthenticated'));
    await expect(api.call('DELETE', path, as(owner))).resolves.toMatchObject({ status: 204 });
    await expect(get(path)).resolves.toMatchObject(refused(404, 'not_found'));
    await expect(get(`${path}/entries`)).resolves.toMatchObject(refused(404, 'not_found'));
    await expect(
      api.call('POST', `${path}/messages`, { ...as(owner), body }),
    ).resolves.toMatchObject(refused(404, 'not_found'));
    // The name is free again, and the new room’s log begins anew.
    const again = { slug, title: 'Again' };
    await api.call('POST', '/api/rooms', { ...as(owner), body: again });
    await expect(get(`${path}/entries`)).resolves.toMatchObject({ body: { entries: [] } });
    await expect(api.call('DELETE', path, { token: ADMIN_TOKEN })).resolves.toMatchObject({
      status: 204,
    });
  });
});

describe('a private room', () => {
  it('is not there for those who are not of it', async () => {
    const slug = await makeRoom({ visibility: 'private' });
    const path = `/api/rooms/${slug}`;
    const message = { key: 'k1234567', text: 'hello' };
    const nothing = await get('/api/rooms/nowhere');
    for (const who of [null, stranger, guest]) {
      expect((await get(path, who)).body).toEqual(nothing.body);
      for (const part of ['entries', 'members']) {
        await expect(get(`${path}/${part}`, who)).resolves.toMatchObject(refused(404, 'not_found'));
      }
      if (!who) continue;
      for (const [method, part, body] of [
        ['GET', '/mutes', undefined],
        ['POST', '/messages', message],
        ['PATCH', '', { title: 'X' }],
        ['DELETE', '', undefined],
        ['PUT', `/members/${stranger.id}`, { role: 'moderator' }],
        ['DELETE', `/members/${member.id}`, undefined],
      ] as const) {
        const reply = await api.call(method, `${path}${part}`, { ...as(who), body });
        expect(reply).toMatchObject(refused(404, 'not_found'));
      }
    }
  });

  it('is there for its members, and in no list', async () => {
    const slug = await makeRoom({ visibility: 'private' });
    const path = `/api/rooms/${slug}`;
    for (const who of [owner, moderator, member]) {
      await expect(get(path, who)).resolves.toMatchObject({ status: 200 });
      await expect(get(`${path}/entries`, who)).resolves.toMatchObject({ status: 200 });
    }
    await expect(api.call('GET', path, { token: ADMIN_TOKEN })).resolves.toMatchObject({
      status: 200,
    });
    expect(slugs(await get('/api/rooms?limit=100', owner))).not.toContain(slug);
    await api.call('DELETE', `${path}/members/${member.id}`, as(owner));
    await expect(get(path, member)).resolves.toMatchObject(refused(404, 'not_found'));
  });

  it('becomes one when its owner says so', async () => {
    const slug = await makeRoom();
    const path = `/api/rooms/${slug}`;
    await expect(get(path, stranger)).resolves.toMatchObject({ status: 200 });
    const body = { visibility: 'private' };
    await expect(api.call('PATCH', path, { ...as(owner), body })).resolves.toMatchObject({
      status: 200,
      body: { visibility: 'private' },
    });
    await expect(get(path, stranger)).resolves.toMatchObject(refused(404, 'not_found'));
  });
});

describe('an unlisted room', () => {
  it('is there for whoever knows its name, and in no list', async () => {
    const slug = await makeRoom({ visibility: 'unlisted' });
    await expect(get(`/api/rooms/${slug}`)).resolves.toMatchObject({ status: 200 });
    expect(slugs(await get('/api/rooms?limit=100'))).not.toContain(slug);
  });
});

describe('the list of rooms', () => {
  let list: Api;
  let ids: number[];
  const all = ['quiet-1', 'quiet-2', 'busy-1', 'busy-2', 'busy-3'];

  beforeAll(async () => {
    list = await startApi();
    const { token } = await list.account('owner');
    for (const slug of all) {
      const body = { slug, title: slug };
      expect((await list.call('POST', '/api/rooms', { token, body })).status).toBe(201);
    }
    const rooms = await Promise.all(all.map((slug) => list.parts.roomStore.findBySlug(slug)));
    ids = rooms.map((room) => room?.id ?? 0);
    for (const [i, viewers] of [0, 0, 1, 3, 2].entries()) {
      for (let k = 0; k < viewers; k++) list.parts.viewers.add(ids[i] ?? 0, 1, null);
    }
    const live = { state: 'live' };
    await list.call('PATCH', '/api/rooms/busy-1', { token, body: live });
    await list.call('PATCH', '/api/rooms/quiet-1', { token, body: live });
  });
  afterAll(() => list.close());

  const order = ['busy-2', 'busy-3', 'busy-1', 'quiet-2', 'quiet-1'];

  it('has the fullest first, then the newest', async () => {
    const reply = await list.call('GET', '/api/rooms');
    expect(slugs(reply)).toEqual(order);
    expect(next(reply)).toBeNull();
    expect((reply.body as { rooms: object[] }).rooms[0]).toMatchObject({
      viewers: 3,
      owner: { name: 'owner' },
    });
  });

  it.each([1, 2, 3, 4, 5])('is paged, %i at a time', async (limit) => {
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const reply = await list.call('GET', `/api/rooms?limit=${String(limit)}${cursor}`);
      expect(slugs(reply).length).toBeLessThanOrEqual(limit);
      seen.push(...slugs(reply));
      const following = next(reply);
      if (following === null) break;
      cursor = `&cursor=${encodeURIComponent(following)}`;
    }
    expect(seen).toEqual(order);
  });

  it('has those alone that are live, or not', async () => {
    expect(slugs(await list.call('GET', '/api/rooms?state=live'))).toEqual(['busy-1', 'quiet-1']);
    expect(slugs(await list.call('GET', '/api/rooms?state=offline'))).toEqual([
      'busy-2',
      'busy-3',
      'quiet-2',
    ]);
  });

  it.each([
    ['state=on', 'state'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=a&cursor=b', 'cursor'],
  ])('is told what is wrong with %s', async (query, field) => {
    await expect(list.call('GET', `/api/rooms?${query}`)).resolves.toMatchObject(
      refused(400, 'invalid', field),
    );
  });
});

describe('members', () => {
  it('are the owner and those with a role', async () => {
    const slug = await makeRoom();
    const reply = await get(`/api/rooms/${slug}/members`);
    const { members } = reply.body as { members: { user: { name: string }; role: string }[] };
    expect(members[0]).toEqual({ user: { id: owner.id, name: 'Olga' }, role: 'owner' });
    expect(members.map(({ user, role }) => `${user.name} ${role}`).sort()).toEqual([
      'Mia member',
      'Mo moderator',
      'Olga owner',
    ]);
    expect(next(reply)).toBeNull();
  });

  it('are paged', async () => {
    const slug = await makeRoom();
    const path = `/api/rooms/${slug}/members?limit=1`;
    const first = await get(path);
    const second = await get(`${path}&cursor=${next(first) ?? ''}`);
    const names = (reply: Reply) =>
      (reply.body as { members: { user: { name: string } }[] }).members.map((m) => m.user.name);
    expect([...names(first), ...names(second)].sort()).toEqual(['Mia', 'Mo', 'Olga']);
    expect(next(second)).toBeNull();
  });

  it('are given and taken their roles by the owner alone', async () => {
    const slug = await makeRoom();
    const path = (id: string) => `/api/rooms/${slug}/members/${id}`;
    const put = (who: Who | null, id: string, body: unknown = { role: 'moderator' }) =>
      api.call('PUT', path(id), { ...as(who), body });
    for (const who of [moderator, member, stranger, guest]) {
      await expect(put(who, who.id)).resolves.toMatchObject(refused(403, 'forbidden'));
      await expect(api.call('DELETE', path(member.id), as(who))).resolves.toMatchObject(
        refused(403, 'forbidden'),
      );
    }
    await expect(put(null, stranger.id)).resolves.toMatchObject(refused(401, 'unauthenticated'));
    await expect(put(owner, 'nobody')).resolves.toMatchObject(refused(404, 'not_found', 'user'));
    await expect(put(owner, owner.id)).resolves.toMatchObject(refused(400, 'invalid', 'user'));
    await expect(put(owner, stranger.id, { role: 'owner' })).resolves.toMatchObject(
      refused(400, 'invalid', 'role'),
    );
    await expect(put(owner, member.id)).resolves.toMatchObject({ status: 204 });
    const change = { ...as(member), body: { title: 'By Mia' } };
    await expect(api.call('PATCH', `/api/rooms/${slug}`, change)).resolves.toMatchObject({
      status: 200,
    });
    await api.call('DELETE', path(member.id), as(owner));
    await expect(api.call('PATCH', `/api/rooms/${slug}`, change)).resolves.toMatchObject(
      refused(403, 'forbidden'),
    );
  });
});

describe('mutes', () => {
  it('are seen by moderators, while they last', async () => {
    const slug = await makeRoom();
    const path = `/api/rooms/${slug}/mutes`;
    const olga = { id: owner.id, name: 'Olga', role: 'user' as const };
    await api.parts.moderation.mute(olga, { room: slug, user: stranger.id, seconds: 60 });
    for (const who of [owner, moderator]) {
      await expect(get(path, who)).resolves.toMatchObject({
        status: 200,
        body: {
          mutes: [{ user: { id: stranger.id, name: 'Stan' }, until: ANY_NUMBER }],
          next: null,
        },
      });
    }
    for (const who of [member, stranger]) {
      await expect(get(path, who)).resolves.toMatchObject(refused(403, 'forbidden'));
    }
    await expect(get(path)).resolves.toMatchObject(refused(401, 'unauthenticated'));
    await expect(
      api.call('POST', `/api/rooms/${slug}/messages`, {
        ...as(stranger),
        body: { key: 'k1234567', text: 'hello' },
      }),
    ).resolves.toMatchObject(refused(403, 'muted'));
    await api.parts.moderation.unmute(olga, { room: slug, user: stranger.id });
    await expect(get(path, owner)).resolves.toMatchObject({ body: { mutes: [] } });
  });
});

describe('messages', () => {
  const send = (slug: string, who: Who | null, body: unknown) =>
    api.call('POST', `/api/rooms/${slug}/messages`, { ...as(who), body });

  it('G1, G4: are in the log when they are answered, and only once', async () => {
    const slug = await makeRoom();
    const danmaku = { mode: 'scroll', color: '#ff8800', size: 'normal' };
    const first = await send(slug, stranger, { key: 'key-0001', text: ' hello ', danmaku });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({ seq: 1, at: ANY_NUMBER, key: 'key-0001' });
    const again = await send(slug, stranger, { key: 'key-0001', text: 'hello' });
    expect(again.body).toEqual({ ...(first.body as object), duplicate: true });
    await send(slug, guest, { key: 'key-0001', text: 'hi', replyTo: 1 });
    const log = await get(`/api/rooms/${slug}/entries`);
    expect(log.headers.get('content-type')).toContain('application/json');
    expect(log.body).toEqual({
      entries: [
        {
          seq: 1,
          at: (first.body as { at: number }).at,
          kind: 'message',
          user: { id: stranger.id, name: 'Stan' },
          text: 'hello',
          danmaku,
        },
        {
          seq: 2,
          at: ANY_NUMBER,
          kind: 'message',
          user: { id: guest.id, name: 'Gus' },
          text: 'hi',
          replyTo: 1,
        },
      ],
      more: false,
    });
  });

  it('are paged, before and after', async () => {
    const slug = await makeRoom();
    for (let i = 1; i <= 7; i++) {
      const reply = await send(slug, owner, { key: `key-000${String(i)}`, text: String(i) });
      expect(reply.status).toBe(201);
    }
    const page = async (query: string) => {
      const { body } = await get(`/api/rooms/${slug}/entries?${query}`);
      const { entries, more } = body as { entries: { seq: number }[]; more: boolean };
      return [entries.map((entry) => entry.seq), more];
    };
    await expect(page('limit=3')).resolves.toEqual([[5, 6, 7], true]);
    await expect(page('before=5&limit=3')).resolves.toEqual([[2, 3, 4], true]);
    await expect(page('before=2&limit=3')).resolves.toEqual([[1], false]);
    await expect(page('after=0&limit=3')).resolves.toEqual([[1, 2, 3], true]);
    await expect(page('after=5')).resolves.toEqual([[6, 7], false]);
    await expect(page('after=7')).resolves.toEqual([[], false]);
  });

  it.each([
    ['before=0', 'before'],
    ['after=-1', 'after'],
    ['after=1.5', 'after'],
    ['limit=201', 'limit'],
    ['before=3&after=1', 'after'],
  ])('are not paged by %s', async (query, field) => {
    const slug = await makeRoom();
    await expect(get(`/api/rooms/${slug}/entries?${query}`)).resolves.toMatchObject(
      refused(400, 'invalid', field),
    );
  });

  it.each([
    [{ text: 'hello' }, 'key', 'invalid'],
    [{ key: 'short', text: 'hello' }, 'key', 'invalid'],
    [{ key: 'key-0001', text: '' }, 'text', 'invalid'],
    [{ key: 'key-0001', text: 'hello', danmaku: { mode: 'fly' } }, 'danmaku.mode', 'invalid'],
    [{ key: 'key-0001', text: 'hello', replyTo: 99 }, 'replyTo', 'invalid'],
    [{ key: 'key-0001', text: 'x'.repeat(201) }, 'text', 'too_long'],
  ])('are told what is wrong with %j', async (body, field, code) => {
    const slug = await makeRoom();
    await expect(send(slug, owner, body)).resolves.toMatchObject(refused(400, code, field));
  });

  it('are not sent by nobody', async () => {
    const slug = await makeRoom();
    await expect(send(slug, null, { key: 'key-0001', text: 'x' })).resolves.toMatchObject(
      refused(401, 'unauthenticated'),
    );
  });

  it('wait for each other in slow mode, and are told how long', async () => {
    const slug = await makeRoom();
    const body = { slowModeMs: 60_000 };
    await api.call('PATCH', `/api/rooms/${slug}`, { ...as(owner), body });
    await send(slug, member, { key: 'key-0001', text: 'one' });
    const reply = await send(slug, member, { key: 'key-0002', text: 'two' });
    expect(reply).toMatchObject(refused(429, 'slow_mode'));
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(50);
  });
});

describe('the room of two', () => {
  const direct = (who: Who | null, user: unknown) =>
    api.call('POST', '/api/direct', { ...as(who), body: { user } });

  it('is the same for both, and nobody else’s', async () => {
    const mine = await direct(owner, stranger.id);
    expect(mine).toMatchObject({
      status: 200,
      body: { visibility: 'private', state: 'live', owner: null, title: 'Olga, Stan' },
    });
    const { slug } = mine.body as { slug: string };
    expect(slug).toMatch(/^~[0-9a-f]{32}$/);
    const theirs = await direct(stranger, owner.id);
    expect((theirs.body as { slug: string }).slug).toBe(slug);
    const message = { key: 'key-0001', text: 'between us' };
    await expect(
      api.call('POST', `/api/rooms/${slug}/messages`, { ...as(stranger), body: message }),
    ).resolves.toMatchObject({ status: 201 });
    await expect(get(`/api/rooms/${slug}/entries`, owner)).resolves.toMatchObject({
      body: { entries: [{ text: 'between us' }] },
    });
    for (const who of [null, member]) {
      await expect(get(`/api/rooms/${slug}`, who)).resolves.toMatchObject(
        refused(404, 'not_found'),
      );
      await expect(get(`/api/rooms/${slug}/entries`, who)).resolves.toMatchObject(
        refused(404, 'not_found'),
      );
    }
    await expect(
      api.call('PATCH', `/api/rooms/${slug}`, { ...as(owner), body: { title: 'X' } }),
    ).resolves.toMatchObject(refused(403, 'forbidden'));
  });

  it('is made once, also where both ask in the same moment', async () => {
    const replies = await Promise.all([
      direct(owner, member.id),
      direct(member, owner.id),
      direct(owner, member.id),
    ]);
    expect(new Set(replies.map((reply) => (reply.body as { slug: string }).slug)).size).toBe(1);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]);
  });

  it('is with somebody who is there, and somebody else', async () => {
    await expect(direct(owner, 'nobody')).resolves.toMatchObject(refused(404, 'not_found', 'user'));
    await expect(direct(owner, owner.id)).resolves.toMatchObject(refused(400, 'invalid', 'user'));
    await expect(direct(owner, 7)).resolves.toMatchObject(refused(400, 'invalid', 'user'));
    await expect(direct(null, owner.id)).resolves.toMatchObject(refused(401, 'unauthenticated'));
  });
});
