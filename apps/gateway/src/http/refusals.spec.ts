import { isDatabaseUnavailable } from '../database-errors';
import { ANY_NUMBER, ANY_STRING, startApi, type Api } from './testing/api';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('G10: a bad request', () => {
  const post = (body: string, type = 'application/json') =>
    api.call('POST', '/api/sessions/guest', { body, headers: { 'content-type': type } });

  it('of no JSON is a bad frame', async () => {
    for (const text of ['{"name":', 'name=Ann', '{name:"Ann"}', '\u0000']) {
      const reply = await post(text);
      expect(reply).toMatchObject({ status: 400, body: { code: 'bad_frame' } });
    }
  });

  it('of no declared JSON is a bad frame', async () => {
    await expect(post('{"name":"Ann"}', 'text/plain')).resolves.toMatchObject({
      status: 400,
      body: { code: 'bad_frame' },
    });
    await expect(api.call('POST', '/api/sessions/guest')).resolves.toMatchObject({
      status: 400,
      body: { code: 'bad_frame' },
    });
    await expect(post('{}', 'application/json; charset=nonsense')).resolves.toMatchObject({
      status: 415,
      body: { code: 'bad_frame' },
    });
  });

  it('that is too large is told so', async () => {
    const reply = await post(JSON.stringify({ name: 'x'.repeat(65 * 1024) }));
    expect(reply).toMatchObject({ status: 413, body: { code: 'too_long' } });
  });

  it('for what there is not is not found, in the same form', async () => {
    for (const [method, path] of [
      ['GET', '/api/nothing'],
      ['GET', '/api'],
      ['PUT', '/api/rooms'],
      ['POST', '/api/rooms/x/y/z'],
      ['GET', '/elsewhere'],
    ] as const) {
      const reply = await api.call(method, path);
      expect(reply.status).toBe(404);
      expect(reply.body).toEqual({ code: 'not_found', message: ANY_STRING });
    }
  });

  it('with a path that cannot be decoded is a bad frame', async () => {
    await expect(api.call('GET', '/api/rooms/%FF')).resolves.toMatchObject({
      status: 400,
      body: { code: 'bad_frame' },
    });
  });

  it('pollutes nothing', async () => {
    const reply = await post('{"__proto__":{"role":"admin"},"constructor":1,"name":"Ann"}');
    expect(reply).toMatchObject({ status: 201, body: { user: { role: 'guest' } } });
  });

  it('is no failure of ours', () => {
    expect(api.errors).toEqual([]);
  });
});

describe('an answer', () => {
  it('is never run, shown as a page, or kept', async () => {
    const { headers } = await api.call('GET', '/api/rooms');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('G11: without a database', () => {
  it('what needs it is unavailable, with a time, and what does not is there', async () => {
    const gone = await startApi();
    const { token } = await gone.account('bob');
    await gone.parts.database.close();
    for (const [method, path, body] of [
      ['GET', '/api/rooms/x', undefined],
      ['GET', '/api/rooms', undefined],
      ['POST', '/api/sessions', { handle: 'bob', password: 'correct horse' }],
      ['POST', '/api/sessions/guest', { name: 'Ann' }],
      ['POST', '/api/rooms', { slug: 'new', title: 'New' }],
      ['DELETE', '/api/sessions', undefined],
      ['GET', '/readyz', undefined],
    ] as const) {
      const reply = await gone.call(method, path, { body, ...(method !== 'GET' && { token }) });
      expect([path, reply.status, reply.body]).toEqual([
        path,
        503,
        { code: 'unavailable', message: ANY_STRING, retryAfterMs: ANY_NUMBER },
      ]);
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    await expect(gone.call('GET', '/api/me', { token })).resolves.toMatchObject({ status: 200 });
    await expect(gone.call('GET', '/healthz')).resolves.toMatchObject({ status: 200 });
    expect((await gone.call('GET', '/metrics')).body).toMatch(/hubbub_database_up\{[^}]*\} 0/);
    expect(gone.errors).toEqual([]);
    await gone.close();
  });

  it.each([
    [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:3306'), { code: 'ECONNREFUSED' })],
    [Object.assign(new Error('x'), { driverError: { code: 'PROTOCOL_CONNECTION_LOST' } })],
    [Object.assign(new Error('x'), { code: 'SQLITE_IOERR_WRITE' })],
    [new Error('x', { cause: Object.assign(new Error('y'), { code: 'ER_SERVER_SHUTDOWN' }) })],
    [new AggregateError([Object.assign(new Error('y'), { code: 'ETIMEDOUT' })])],
    [new Error('Pool is closed.')],
  ])('%s is taken for that', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    [new Error('x is not a function')],
    [Object.assign(new Error('duplicate'), { code: 'ER_DUP_ENTRY' })],
    [null],
    ['text'],
  ])('%s is not', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
