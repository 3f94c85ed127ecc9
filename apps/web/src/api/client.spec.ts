/** @jest-environment node */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from './api-error';
import { ApiClient } from './client';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

describe('a request to the gateway', () => {
  let server: Server;
  let baseUrl: string;
  let seen: { method: string | undefined; url: string | undefined; cookie: string | undefined }[];
  let answer: (request: IncomingMessage) => Answer;

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ method: request.method, url: request.url, cookie: request.headers.cookie });
      const { status, headers, body } = answer(request);
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    seen = [];
  });

  const refusal = async (given: Answer): Promise<ApiError> => {
    answer = () => given;
    const thrown: unknown = await new ApiClient({ baseUrl }).guestSignIn({ name: 'x' }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(ApiError);
    return thrown as ApiError;
  };

  it('carries the code, the field and the time of a refusal', async () => {
    const body = JSON.stringify({
      code: 'rate_limited',
      message: 'slow down',
      field: 'name',
      retryAfterMs: 1500,
    });
    await expect(refusal({ status: 429, body })).resolves.toMatchObject({
      code: 'rate_limited',
      message: 'slow down',
      field: 'name',
      retryAfterMs: 1500,
      status: 429,
      isPassing: true,
    });
  });

  it('reads Retry-After where the body does not say', async () => {
    const body = JSON.stringify({ code: 'unavailable', message: 'x' });
    const error = await refusal({ status: 503, headers: { 'retry-after': '2' }, body });
    expect(error.retryAfterMs).toBe(2000);
  });

  it.each([
    [502, 'unavailable'],
    [504, 'unavailable'],
    [404, 'not_found'],
    [413, 'invalid'],
    [500, 'internal'],
  ])('makes of a bare %d %s', async (status, code) => {
    await expect(refusal({ status, body: '<h1>nginx</h1>' })).resolves.toMatchObject({
      code,
      status,
    });
  });

  it('does not take a code from elsewhere for one of ours', async () => {
    const body = JSON.stringify({ code: 'ECONNREFUSED' });
    await expect(refusal({ status: 502, body })).resolves.toMatchObject({ code: 'unavailable' });
  });

  it('is a network error where an answer that should be JSON is not', async () => {
    await expect(refusal({ status: 200, body: '<html>' })).resolves.toMatchObject({
      code: 'network',
      isPassing: true,
    });
  });

  it('is a network error where nobody listens', async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const asking = new ApiClient({ baseUrl: `http://127.0.0.1:${String(port)}` }).rooms();
    await expect(asking).rejects.toMatchObject({ code: 'network', status: 0 });
  });

  it('reads again without the cookie of a session that has ended', async () => {
    answer = (request) =>
      request.headers.cookie === undefined
        ? { status: 200, body: JSON.stringify({ user: null }) }
        : { status: 401, body: JSON.stringify({ code: 'unauthenticated', message: 'ended' }) };
    const client = new ApiClient({ baseUrl, headers: { cookie: 'hubbub_session=old' } });
    await expect(client.me()).resolves.toBeNull();
    expect(seen.map((one) => one.cookie)).toEqual(['hubbub_session=old', undefined]);
  });

  it('writes what is asked for into the query and leaves out what is not', async () => {
    answer = () => ({ status: 200, body: JSON.stringify({ rooms: [], next: null }) });
    const client = new ApiClient({ baseUrl });
    await client.rooms({ state: 'live', cursor: null, limit: 24 });
    await client.rooms();
    expect(seen.map((one) => one.url)).toEqual(['/api/rooms?state=live&limit=24', '/api/rooms']);
  });

  it('answers a 204 with nothing', async () => {
    answer = () => ({ status: 204, body: '' });
    await expect(new ApiClient({ baseUrl }).signOut()).resolves.toBeUndefined();
    expect(seen[0]?.method).toBe('DELETE');
  });
});
