import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Refusal } from '../../refusal';
import type { PusherApp } from '../app';
import { TestPusherApi } from './testing/pusher-api';

let api: TestPusherApi;
let app: PusherApp;
beforeAll(async () => {
  api = await TestPusherApi.start();
});
beforeEach(() => {
  app = api.apps.add({});
});
afterAll(() => api.close());

const INCORRECT = '{"error":"The received data is incorrect","code":400}';
const event = (more: object) => ({ name: 'said', channel: 'news', data: 'hello', ...more });

describe('POST /events', () => {
  it.each([
    ['no name', event({ name: undefined })],
    ['an empty name', event({ name: '' })],
    ['a name that is no text', event({ name: 7 })],
    ['no data', event({ data: undefined })],
    ['null as data', event({ data: null })],
    ['no channel', event({ channel: undefined })],
    ['no channels', event({ channels: [] })],
    ['channels that are no list', event({ channels: 'news' })],
    ['a channel that is no text', event({ channels: ['news', 7] })],
    ['a list', []],
    ['no JSON', '{"name":'],
    ['nothing', undefined],
  ])('is refused with %s', async (_what, body) => {
    const reply = await api.call(app, 'POST', '/events', { body });
    expect(reply).toMatchObject({ status: 400, text: INCORRECT });
  });

  it.each([
    ['an empty text as data', event({ data: '' })],
    ['data that is no text', event({ data: { a: [1] } })],
    ['the channel of a user', event({ channel: '#server-to-user-auth0|5f7c' })],
    ['nobody to leave out', event({ socket_id: null })],
    ['an empty socket id', event({ socket_id: '' })],
    ['a socket id', event({ socket_id: '123.456' })],
  ])('takes %s', async (_what, body) => {
    const reply = await api.call(app, 'POST', '/events', { body });
    expect(reply).toMatchObject({ status: 200, text: '{"ok":true}' });
    expect(reply.headers.get('content-type')).toBe('application/json');
  });

  it.each(['news', '123', '1.2.3', 'a.b', '1.', '.1', '1.2 '])(
    'refuses the socket id %s where it is none',
    async (socketId) => {
      const reply = await api.call(app, 'POST', '/events', {
        body: event({ socket_id: socketId }),
      });
      expect(reply).toMatchObject({
        status: 400,
        text: '{"error":"The socket id is not valid.","code":400}',
      });
    },
  );

  it.each(['a b', 'a/b', 'ä', '#news', '#server-to-user-', 'private-ü'])(
    'refuses the channel name %s',
    async (channel) => {
      const reply = await api.call(app, 'POST', '/events', { body: event({ channel }) });
      expect(reply.status).toBe(400);
      expect(reply.text).toContain('The channel name is not allowed.');
    },
  );

  it('asks an app for its limits', async () => {
    const limited = api.apps.add({
      maxChannelNameLength: 10,
      maxEventChannelsAtOnce: 2,
      maxEventNameLength: 5,
      maxEventPayloadInKb: 0.5,
    });
    const send = async (more: object) => {
      const reply = await api.call(limited, 'POST', '/events', { body: event(more) });
      return [reply.status, (JSON.parse(reply.text) as { error?: string }).error];
    };
    await expect(send({ channel: 'a'.repeat(10) })).resolves.toEqual([200, undefined]);
    await expect(send({ channel: 'a'.repeat(11) })).resolves.toEqual([
      400,
      'The channel name is longer than the allowed 10 characters.',
    ]);
    await expect(send({ channels: ['a', 'b'] })).resolves.toEqual([200, undefined]);
    await expect(send({ channels: ['a', 'b', 'c'] })).resolves.toEqual([
      400,
      'Cannot broadcast to more than 2 channels at once',
    ]);
    await expect(send({ name: 'abcde' })).resolves.toEqual([200, undefined]);
    await expect(send({ name: 'abcdef' })).resolves.toEqual([
      400,
      'Event name is too long. Maximum allowed size is 5.',
    ]);
    // In bytes: 256 times two.
    await expect(send({ data: 'ü'.repeat(256) })).resolves.toEqual([200, undefined]);
    await expect(send({ data: `${'ü'.repeat(256)}a` })).resolves.toEqual([
      413,
      'The event data should be less than 0.5 KB.',
    ]);
    await expect(send({ data: { text: 'a'.repeat(512) } })).resolves.toEqual([
      413,
      'The event data should be less than 0.5 KB.',
    ]);
  });

  it('tells of each channel once what was asked for and it has', async () => {
    const body = event({ channels: ['news', 'news', '__proto__'], info: 'user_count,hats' });
    const reply = await api.call(app, 'POST', '/events', { body });
    expect(reply.text).toBe('{"channels":{"news":{},"__proto__":{}}}');
  });
});

describe('POST /batch_events', () => {
  it.each([
    ['no batch', {}],
    ['a batch that is no list', { batch: event({}) }],
    ['something that is no event', { batch: [event({}), 7] }],
    ['an event without data', { batch: [event({}), event({ data: undefined })] }],
    ['nothing', undefined],
  ])('is refused as a whole with %s', async (_what, body) => {
    const reply = await api.call(app, 'POST', '/batch_events', { body });
    expect(reply).toMatchObject({ status: 400, text: INCORRECT });
  });

  it('asks an app how many it may have', async () => {
    const limited = api.apps.add({ maxEventBatchSize: 2 });
    const send = (count: number) =>
      api.call(limited, 'POST', '/batch_events', {
        body: { batch: Array.from({ length: count }, () => event({})) },
      });
    await expect(send(2)).resolves.toMatchObject({ status: 200, text: '{"ok":true}' });
    await expect(send(3)).resolves.toMatchObject({
      status: 400,
      text: '{"error":"Cannot batch-send more than 2 messages at once","code":400}',
    });
  });

  it('tells of each event what was asked for', async () => {
    const batch = [
      event({ info: 'subscription_count' }),
      event({}),
      event({ channels: ['a', 'b'], info: 'subscription_count' }),
    ];
    const reply = await api.call(app, 'POST', '/batch_events', { body: { batch } });
    expect(reply.text).toBe(
      '{"batch":[{"subscription_count":0},{},{"channels":{"a":{"subscription_count":0},"b":{"subscription_count":0}}}]}',
    );
  });
});

describe('GET /channels', () => {
  it('has users only of presence channels', async () => {
    const get = (query: Record<string, string>) => api.call(app, 'GET', '/channels', { query });
    for (const prefix of ['', 'private-', 'presence']) {
      const reply = await get({ info: 'user_count', ...(prefix && { filter_by_prefix: prefix }) });
      expect(reply.status).toBe(400);
      expect(reply.text).toContain('filter_by_prefix');
    }
    await expect(
      get({ info: 'user_count', filter_by_prefix: 'presence-a' }),
    ).resolves.toMatchObject({ status: 200, text: '{"channels":{}}' });
    await expect(get({ info: 'hats' })).resolves.toMatchObject({
      status: 400,
      text: '{"error":"The attribute hats is not available here.","code":400}',
    });
  });
});

describe('GET /channels/:channel', () => {
  it('is answered for a channel that nobody has', async () => {
    const get = async (channel: string, info?: string) =>
      (await api.call(app, 'GET', `/channels/${channel}`, info ? { query: { info } } : {})).text;
    await expect(get('news')).resolves.toBe('{"subscription_count":0,"occupied":false}');
    await expect(get('presence-lobby')).resolves.toBe(
      '{"subscription_count":0,"occupied":false,"user_count":0}',
    );
    await expect(get('news', 'subscription_count')).resolves.toBe(
      '{"subscription_count":0,"occupied":false}',
    );
    await expect(get('presence-lobby', 'user_count')).resolves.toBe(
      '{"occupied":false,"user_count":0}',
    );
    await expect(get('cache-news', 'cache')).resolves.toBe('{"occupied":false,"cache":null}');
  });

  it('has the last event of a cache channel', async () => {
    const body = event({ channel: 'private-cache-news', data: '{"n":1}' });
    await api.call(app, 'POST', '/events', { body });
    const query = { info: 'cache' };
    const reply = await api.call(app, 'GET', '/channels/private-cache-news', { query });
    const { cache } = JSON.parse(reply.text) as { cache: { data: string; ttl: number } };
    expect(cache.data).toBe('{"n":1}');
    expect(cache.ttl).toBeGreaterThan(0);
    expect(cache.ttl).toBeLessThanOrEqual(60);
  });

  it.each([
    ['news', 'user_count'],
    ['news', 'cache'],
    ['presence-lobby', 'hats'],
  ])('has of %s no %s', async (channel, info) => {
    const reply = await api.call(app, 'GET', `/channels/${channel}`, { query: { info } });
    expect(reply).toMatchObject({
      status: 400,
      text: `{"error":"The attribute ${info} is not available here.","code":400}`,
    });
  });
});

describe('GET /channels/:channel/users', () => {
  it('has users only of presence channels', async () => {
    await expect(api.call(app, 'GET', '/channels/news/users')).resolves.toMatchObject({
      status: 400,
      text: '{"error":"The channel must be a presence channel.","code":400}',
    });
    await expect(api.call(app, 'GET', '/channels/presence-lobby/users')).resolves.toMatchObject({
      status: 200,
      text: '{"users":[]}',
    });
  });
});

describe('an app', () => {
  it('that is not there is not found', async () => {
    const nobody = { ...app, id: 'nobody' };
    await expect(api.call(nobody, 'GET', '/channels')).resolves.toMatchObject({
      status: 404,
      text: '{"error":"The app nobody could not be found.","code":404}',
    });
  });

  it('that is disabled is told so, when it has signed', async () => {
    const disabled = api.apps.add({ enabled: false });
    await expect(api.call(disabled, 'GET', '/channels')).resolves.toMatchObject({
      status: 403,
      text: '{"error":"The app is not enabled.","code":403}',
    });
    const thief = { ...disabled, secret: 'guessed' };
    await expect(api.call(thief, 'GET', '/channels')).resolves.toMatchObject({ status: 401 });
  });

  it('that cannot be looked up is not taken for one that is not there', async () => {
    const away = new Refusal('unavailable', 'away', { retryAfterMs: 1_500 });
    api.apps.failures.set(app.id, away);
    const reply = await api.call(app, 'POST', '/events', { body: event({}) });
    api.apps.failures.clear();
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('2');
    expect(JSON.parse(reply.text)).toMatchObject({ code: 503 });
    expect(api.errors).toEqual([]);
  });

  it('that is looked up wrongly is our fault, which is logged without the signature', async () => {
    api.apps.failures.set(app.id, new Error('a bug'));
    const reply = await api.call(app, 'POST', '/events', { body: event({}) });
    api.apps.failures.clear();
    expect(reply).toMatchObject({
      status: 500,
      text: '{"error":"A server error has occurred.","code":500}',
    });
    const [line = ''] = api.errors.splice(0);
    expect(line).toContain('a bug');
    expect(line).not.toContain('auth_');
  });
});

describe('a body', () => {
  it('that is larger than the server takes is refused, with its length or without', async () => {
    const config = `${__dirname}/testing/small-requests.json`;
    const small = await TestPusherApi.start({}, ['--config', config]);
    const mine = small.apps.add({ maxEventPayloadInKb: 1_000 });
    const tooLarge = { status: 413, text: '{"error":"The payload size is too big.","code":413}' };
    const send = (length: number) =>
      small.call(mine, 'POST', '/events', { body: event({ data: 'a'.repeat(length) }) });
    await expect(send(90_000)).resolves.toMatchObject({ status: 200 });
    await expect(send(200_000)).resolves.toMatchObject(tooLarge);
    const path = `/apps/${mine.id}/events`;
    const query = small.library(mine).createSignedQueryString({ method: 'POST', path, body: 'x' });
    const request = http.request(`${small.url}${path}?${query}`, { method: 'POST' });
    for (let i = 0; i < 20; i++) request.write('a'.repeat(10_000));
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(response.statusCode).toBe(tooLarge.status);
    await expect(text(response)).resolves.toBe(tooLarge.text);
    await small.close();
  });

  it('of somebody who has not signed is not waited for', async () => {
    const socket = connect(api.port, '127.0.0.1');
    socket.write(
      `POST /apps/${app.id}/events?auth_key=${app.key} HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n`,
    );
    const answer = await new Promise<string>((resolve) => {
      socket.once('data', (bytes) => {
        resolve(bytes.toString());
      });
    });
    expect(answer).toContain('HTTP/1.1 401');
    socket.destroy();
  });

  it('that ends too early is nothing', async () => {
    const socket = connect(api.port, '127.0.0.1');
    const query = api.library(app).createSignedQueryString({
      method: 'POST',
      path: `/apps/${app.id}/events`,
      body: '{}',
    });
    socket.write(
      `POST /apps/${app.id}/events?${query} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{`,
    );
    await new Promise<void>((resolve) => socket.end(resolve));
    await expect(api.call(app, 'GET', '/channels')).resolves.toMatchObject({ status: 200 });
    expect(api.errors).toEqual([]);
  });
});

describe('what is nowhere', () => {
  it.each([
    ['GET', '/apps'],
    ['GET', '/apps/1'],
    ['GET', '/apps/1/events'],
    ['PUT', '/apps/1/events'],
    ['POST', '/apps/1/channels'],
    ['GET', '/apps/1/channels/a/b'],
    ['POST', '/apps/1/users/1'],
  ])('%s %s is not found, with nothing said', async (method, path) => {
    const reply = await api.fetch(method, path);
    expect(reply).toMatchObject({ status: 404, text: '' });
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('under another path is not ours', async () => {
    await expect(api.fetch('GET', '/rooms')).resolves.toMatchObject({ status: 418 });
    await expect(api.fetch('GET', '/application')).resolves.toMatchObject({ status: 418 });
  });

  it('cannot be decoded is refused', async () => {
    await expect(api.fetch('GET', '/apps/1/channels/%E0%A4%A')).resolves.toMatchObject({
      status: 400,
      text: INCORRECT,
    });
  });
});

describe('a browser', () => {
  it('may ask from every page', async () => {
    const headers = { origin: 'https://example.org', 'access-control-request-method': 'POST' };
    const preflight = await api.fetch('OPTIONS', '/apps/1/events', undefined, headers);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-methods')).toBe(
      'GET, POST, PUT, DELETE, OPTIONS',
    );
    expect(preflight.headers.get('access-control-allow-headers')).toContain('X-Socket-Id');
    const reply = await api.call(app, 'GET', '/channels', { headers });
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('may ask from the pages that the settings name', async () => {
    const strict = await TestPusherApi.start({}, [
      '--config',
      `${__dirname}/testing/one-origin.json`,
    ]);
    const ask = async (origin: string) => {
      const reply = await strict.fetch('GET', '/ready', undefined, { origin });
      expect(reply.headers.get('vary')).toBe('Origin');
      return reply.headers.get('access-control-allow-origin');
    };
    await expect(ask('https://example.org')).resolves.toBe('https://example.org');
    await expect(ask('https://example.com')).resolves.toBeNull();
    await strict.close();
  });
});
