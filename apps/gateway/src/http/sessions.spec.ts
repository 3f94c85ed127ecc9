import { ANY_STRING, ADMIN_TOKEN, startApi, type Api, type Reply } from './testing/api';

const ID: unknown = expect.stringMatching(/^[0-9A-Za-z]{16}$/);

let api: Api;
beforeAll(async () => {
  api = await startApi({ TRUSTED_PROXIES: '127.0.0.1' });
});
afterAll(() => api.close());
afterEach(() => {
  expect(api.errors.splice(0)).toEqual([]);
});

const user = (reply: Reply) => (reply.body as { user: { id: string; name: string } | null }).user;
const tokenOf = (reply: Reply) => (reply.body as { token: string }).token;

describe('a guest', () => {
  it('signs in with a name and is known by the cookie and by the token', async () => {
    const reply = await api.call('POST', '/api/sessions/guest', { body: { name: '  Zoë ' } });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      user: { id: ID, name: 'Zoë', role: 'guest' },
      token: ANY_STRING,
    });
    const cookie = reply.headers.get('set-cookie') ?? '';
    const byCookie = await api.call('GET', '/api/me', {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect(byCookie.body).toEqual({ user: user(reply) });
    const byToken = await api.call('GET', '/api/me', { token: tokenOf(reply) });
    expect(byToken.body).toEqual({ user: user(reply) });
    const byQuery = await api.call('GET', `/api/me?token=${tokenOf(reply)}`);
    expect(byQuery.body).toEqual({ user: user(reply) });
  });

  it('does not go by somebody’s handle, or by a name of the house', async () => {
    await api.account('alice');
    for (const name of ['alice', 'Alice', 'ａｌｉｃｅ', 'A l i c e', 'Admin']) {
      const reply = await api.call('POST', '/api/sessions/guest', { body: { name } });
      expect(reply).toMatchObject({ status: 409, body: { code: 'conflict', field: 'name' } });
    }
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: ' \u202e ' }, 'name'],
    [{ name: 'x'.repeat(33) }, 'name'],
    [{ name: 7 }, 'name'],
  ])('is told what is wrong with %j', async (body, field) => {
    const reply = await api.call('POST', '/api/sessions/guest', { body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid', field } });
  });
});

describe('the session cookie', () => {
  const signIn = (headers: Record<string, string>) =>
    api.call('POST', '/api/sessions/guest', { body: { name: 'Ann' }, headers });

  it('is out of reach for scripts and for other sites', async () => {
    const cookie = (await signIn({})).headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^hubbub_session=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
    // What is left of thirty days.
    const seconds = Number(/Max-Age=(\d+)/.exec(cookie)?.[1]);
    expect(seconds).toBeLessThanOrEqual(2_592_000);
    expect(seconds).toBeGreaterThan(2_592_000 - 60);
  });

  it('stays on https where it was given over https', async () => {
    const cookie = (await signIn({ 'x-forwarded-proto': 'https' })).headers.get('set-cookie');
    expect(cookie).toContain('; Secure');
  });
});

describe('an account', () => {
  const create = (body: object, token?: string) =>
    api.call('POST', '/api/accounts', { body, ...(token && { token }) });
  const right = { handle: 'bob', name: 'Bob', password: 'correct horse' };

  it('is made once, and signs in with its password', async () => {
    const made = await create(right);
    expect(made).toMatchObject({ status: 201, body: { user: { name: 'Bob', role: 'user' } } });
    expect(made.headers.get('set-cookie')).toContain('hubbub_session=');
    const again = await create({ ...right, name: 'Bobby' });
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict', field: 'handle' } });
    const { handle, password } = right;
    const back = await api.call('POST', '/api/sessions', { body: { handle, password } });
    expect(back.status).toBe(201);
    expect(user(back)).toEqual(user(made));
    expect(tokenOf(back)).not.toBe(tokenOf(made));
    expect(JSON.stringify(back.body)).not.toContain('argon2');
  });

  it('is made once, also where many ask in the same moment', async () => {
    const all = await Promise.all(
      [1, 2, 3, 4].map(() => create({ ...right, handle: 'carol', name: 'Carol' })),
    );
    expect(all.map((reply) => reply.status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('is refused the handle and the name of others', async () => {
    await api.account('dora');
    await expect(create({ ...right, handle: 'admin', name: 'X' })).resolves.toMatchObject({
      status: 409,
      body: { code: 'conflict', field: 'handle' },
    });
    await expect(create({ ...right, handle: 'eve', name: 'Dora' })).resolves.toMatchObject({
      status: 409,
      body: { code: 'conflict', field: 'name' },
    });
  });

  it.each([
    [{ ...right, handle: 'Bob' }, 'handle'],
    [{ ...right, handle: 'bo' }, 'handle'],
    [{ ...right, handle: 'frank', password: 'short' }, 'password'],
    [{ ...right, handle: 'frank', password: 'x'.repeat(257) }, 'password'],
    [{ ...right, handle: 'frank', name: '' }, 'name'],
    [{ ...right, handle: 'frank', role: 'owner' }, 'role'],
    [{ handle: 'frank' }, 'name'],
    [[], undefined],
    ['"text"', undefined],
    ['null', undefined],
  ])('is told what is wrong with %j', async (body, field) => {
    const reply = await api.call('POST', '/api/accounts', { body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid' } });
    expect((reply.body as { field?: string }).field).toBe(field);
  });

  it('is a bot where an admin makes it, and the admin stays who they are', async () => {
    const body = { ...right, handle: 'bot_1', name: 'Bot', role: 'bot' };
    await expect(create(body)).resolves.toMatchObject({
      status: 403,
      body: { code: 'forbidden', field: 'role' },
    });
    const { token } = await api.account('gina');
    await expect(create(body, token)).resolves.toMatchObject({ status: 403 });
    const made = await create(body, ADMIN_TOKEN);
    expect(made).toMatchObject({ status: 201, body: { user: { role: 'bot' } } });
    expect(made.headers.get('set-cookie')).toBeNull();
    const me = await api.call('GET', '/api/me', { token: tokenOf(made) });
    expect(me.body).toMatchObject({ user: { name: 'Bot', role: 'bot' } });
  });

  it.each([
    ['bob', 'wrong password'],
    ['nobody_here', 'correct horse'],
  ])('does not sign in as %s with %s', async (handle, password) => {
    const reply = await api.call('POST', '/api/sessions', { body: { handle, password } });
    expect(reply.status).toBe(401);
    expect(reply.body).toEqual({
      code: 'unauthenticated',
      message: 'the handle or the password is wrong',
    });
    expect(reply.headers.get('set-cookie')).toBeNull();
  });
});

describe('the holder of ADMIN_TOKEN', () => {
  it('is the admin', async () => {
    const me = await api.call('GET', '/api/me', { token: ADMIN_TOKEN });
    expect(me.body).toEqual({ user: { id: 'admin', name: 'admin', role: 'admin' } });
    await expect(
      api.call('DELETE', '/api/sessions', { token: ADMIN_TOKEN }),
    ).resolves.toMatchObject({ status: 204 });
    await expect(api.call('GET', '/api/me', { token: ADMIN_TOKEN })).resolves.toMatchObject({
      status: 200,
    });
    const near = await api.call('GET', '/api/me', { token: `${ADMIN_TOKEN}x` });
    expect(near.status).toBe(401);
  });
});

describe('a token', () => {
  it('is not needed to look around', async () => {
    await expect(api.call('GET', '/api/me')).resolves.toMatchObject({
      status: 200,
      body: { user: null },
    });
  });

  it('that is bad is refused, wherever it stands', async () => {
    for (const call of [
      api.call('GET', '/api/me', { token: 'garbage' }),
      api.call('GET', '/api/me?token=garbage'),
      api.call('GET', '/api/rooms', { token: 'garbage' }),
      api.call('DELETE', '/api/sessions', { token: 'garbage' }),
    ]) {
      await expect(call).resolves.toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
    }
  });

  it('that is bad is taken out of the browser, and keeps nobody from signing in', async () => {
    const headers = { cookie: 'hubbub_session=garbage' };
    const me = await api.call('GET', '/api/me', { headers });
    expect(me.status).toBe(401);
    expect(me.headers.get('set-cookie')).toMatch(/^hubbub_session=; Max-Age=0;/);
    const body = { name: 'Ann' };
    const back = await api.call('POST', '/api/sessions/guest', { headers, body });
    expect(back.status).toBe(201);
    expect(back.headers.get('set-cookie')).toMatch(/^hubbub_session=ey/);
  });

  it('is never logged', async () => {
    const { token } = await api.guest('Ann');
    await api.call('GET', `/api/rooms/nothing-here?token=${token}`);
    await api.call('GET', `/api/me?token=${token}x`);
    expect(api.lines.join('\n')).not.toContain(token.slice(0, 40));
  });
});

describe('signing out', () => {
  it('ends the session at once, here and for whoever listens', async () => {
    const { token } = await api.guest('Ann');
    const out = await api.call('DELETE', '/api/sessions', { token });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toMatch(/^hubbub_session=; Max-Age=0;/);
    await expect(api.call('GET', '/api/me', { token })).resolves.toMatchObject({ status: 401 });
  });

  it('ends this session alone', async () => {
    const one = await api.account('henry');
    const body = { handle: 'henry', password: 'correct horse' };
    const other = tokenOf(await api.call('POST', '/api/sessions', { body }));
    await api.call('DELETE', '/api/sessions', { token: one.token });
    await expect(api.call('GET', '/api/me', { token: other })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('without a session is nothing', async () => {
    await expect(api.call('DELETE', '/api/sessions')).resolves.toMatchObject({ status: 204 });
  });
});

describe('a page of another site', () => {
  it('does not act for somebody through their browser', async () => {
    const guest = await api.guest('Ann');
    const cookie = `hubbub_session=${guest.token}`;
    for (const origin of ['https://evil.test', 'null']) {
      const headers = { cookie, origin };
      for (const path of ['/api/sessions', '/api/sessions?token=garbage']) {
        await expect(api.call('DELETE', path, { headers })).resolves.toMatchObject({
          status: 403,
          body: { code: 'forbidden' },
        });
      }
      await expect(
        api.call('POST', '/api/sessions/guest', { headers: { origin }, body: { name: 'X' } }),
      ).resolves.toMatchObject({ status: 403 });
    }
    await expect(api.call('GET', '/api/me', { token: guest.token })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('that is our own does', async () => {
    const guest = await api.guest('Ann');
    const cookie = `hubbub_session=${guest.token}`;
    const headers = { cookie, origin: api.url };
    await expect(api.call('DELETE', '/api/sessions', { headers })).resolves.toMatchObject({
      status: 204,
    });
  });
});
