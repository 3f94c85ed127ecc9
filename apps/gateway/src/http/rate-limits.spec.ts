import { ANY_NUMBER, startApi, type Api } from './testing/api';

let api: Api;
beforeAll(async () => {
  // This test is the proxy; those in X-Forwarded-For are the clients.
  api = await startApi({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_EXEMPT: '198.51.100.0/24' });
});
afterAll(() => api.close());

const from = (address: string) => ({ 'x-forwarded-for': `1.2.3.4, ${address}` });
const guest = (address: string) =>
  api.call('POST', '/api/sessions/guest', { body: { name: 'Ann' }, headers: from(address) });
const times = <T>(count: number, work: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, work));

describe('too much', () => {
  it('is too many guests from one address, and says when to come back', async () => {
    const replies = await times(31, () => guest('203.0.113.1'));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.body).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: ANY_NUMBER,
    });
    const seconds = Number(refused[0]?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    await expect(guest('203.0.113.2')).resolves.toMatchObject({ status: 201 });
  });

  it('is not what comes from an exempt address', async () => {
    const replies = await times(40, () => guest('198.51.100.7'));
    expect(replies.every((reply) => reply.status === 201)).toBe(true);
  });

  it('is a password that was wrong too often, from this address, for this handle', async () => {
    await api.account('bob');
    const signIn = (password: string, address: string, handle = 'bob') =>
      api.call('POST', '/api/sessions', { body: { handle, password }, headers: from(address) });
    const replies = await times(12, () => signIn('wrong', '203.0.113.3'));
    expect(replies.filter((reply) => reply.status === 401)).toHaveLength(10);
    await expect(signIn('correct horse', '203.0.113.3')).resolves.toMatchObject({
      status: 429,
      body: { code: 'rate_limited' },
    });
    await expect(signIn('correct horse', '203.0.113.4')).resolves.toMatchObject({ status: 201 });
    await expect(signIn('wrong', '203.0.113.3', 'other')).resolves.toMatchObject({ status: 401 });
  });

  it('is trying one password on many handles, from one address', async () => {
    const strict = await startApi({
      TRUSTED_PROXIES: '127.0.0.1',
      RATE_LIMIT_EXEMPT: '198.51.100.0/24',
      SIGN_IN_FAILURES: '2',
      SIGN_IN_FAILURES_PER_ADDRESS: '6',
      GUESTS_PER_MINUTE: '3',
    });
    const signIn = (handle: string, address: string) =>
      strict.call('POST', '/api/sessions', {
        body: { handle, password: 'wrong' },
        headers: from(address),
      });
    let n = 0;
    const tried = await times(8, () => signIn(`handle${String(++n)}`, '203.0.113.7'));
    expect(tried.filter((reply) => reply.status === 401)).toHaveLength(6);
    const refused = tried.filter((reply) => reply.status === 429);
    expect(refused).toHaveLength(2);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited' });
    await expect(signIn('handle1', '203.0.113.8')).resolves.toMatchObject({ status: 401 });
    // The settings are what counts.
    const one = await times(4, () => signIn('handle2', '203.0.113.9'));
    expect(one.filter((reply) => reply.status === 401)).toHaveLength(2);
    const guests = await times(5, () =>
      strict.call('POST', '/api/sessions/guest', {
        body: { name: 'Ann' },
        headers: from('203.0.113.9'),
      }),
    );
    expect(guests.filter((reply) => reply.status === 201)).toHaveLength(3);
    await strict.close();
  });

  it('is not a password that is right', async () => {
    await api.account('carol');
    const body = { handle: 'carol', password: 'correct horse' };
    for (let i = 0; i < 15; i++) {
      const reply = await api.call('POST', '/api/sessions', {
        body,
        headers: from('203.0.113.5'),
      });
      expect(reply.status).toBe(201);
    }
  });

  it('is reading without an end', async () => {
    const replies = await times(605, () =>
      api.call('GET', '/api/me', { headers: from('203.0.113.6') }),
    );
    expect(replies.filter((reply) => reply.status === 429)).toHaveLength(5);
  });

  it('is one user making room after room, from wherever', async () => {
    const { token } = await api.account('dora');
    let n = 0;
    const make = () => {
      const body = { slug: `room-${String(++n)}`, title: 'Room' };
      return api.call('POST', '/api/rooms', {
        token,
        body,
        headers: from(`203.0.113.${String(100 + n)}`),
      });
    };
    const replies = await times(32, make);
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(30);
    expect(replies.filter((reply) => reply.status === 429)).toHaveLength(2);
  });
});
