import { randomBytes } from 'node:crypto';
import Pusher, { type Channel, type Options } from 'pusher-js';
import { until } from '../../testing/until';
import { sign } from '../signature';
import { APP, PusherBed } from '../testing/pusher-bed';

const QUERY = 'protocol=7&client=js&version=8.6.0';
const TRANSPORTS = ['xhr_streaming', 'xhr_polling'] as const;

let bed: PusherBed;
const clients: Pusher[] = [];

beforeAll(async () => {
  bed = await PusherBed.start();
});
afterAll(async () => {
  await bed.close();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
  bed.clear();
});

function newSession(key = APP.key): string {
  return `${key}/7/${randomBytes(4).toString('hex')}`;
}

interface Asked {
  method?: string;
  body?: string;
  host?: string;
  headers?: Record<string, string>;
}

function ask(
  session: string,
  action: string,
  { method = 'POST', body, host = bed.host, headers = {} }: Asked = {},
): Promise<Response> {
  const url = `http://${host}/pusher/app/${session}/${action}?${QUERY}`;
  return fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body ?? null,
    signal: AbortSignal.timeout(10_000),
  });
}

async function poll(session: string, host = bed.host): Promise<string> {
  const response = await ask(session, 'xhr', { host });
  expect(response.status).toBe(200);
  return response.text();
}

/** A session that is established, and its socket id. */
async function open(): Promise<{ session: string; socketId: string }> {
  const session = newSession();
  expect(await poll(session)).toBe('o\n');
  const text = await poll(session);
  const [message = ''] = JSON.parse(text.slice(1)) as string[];
  const { event, data } = JSON.parse(message) as { event: string; data: string };
  expect(event).toBe('pusher:connection_established');
  return { session, socketId: (JSON.parse(data) as { socket_id: string }).socket_id };
}

/** The library as it comes, with one transport. */
function stock(
  transport: (typeof TRANSPORTS)[number],
  { key = APP.key, ...options }: Partial<Options> & { key?: string } = {},
): Pusher {
  const [host = '', port = ''] = bed.host.split(':');
  const client = new Pusher(key, {
    cluster: '',
    httpHost: host,
    httpPort: Number(port),
    forceTLS: false,
    enabledTransports: [transport],
    channelAuthorization: {
      transport: 'ajax',
      endpoint: '',
      customHandler: ({ socketId, channelName }, callback) => {
        const auth = `${APP.key}:${sign(APP.secret, `${socketId}:${channelName}`)}`;
        callback(null, { auth });
      },
    },
    ...options,
  });
  clients.push(client);
  return client;
}

async function subscribed(client: Pusher, name: string): Promise<Channel> {
  const channel = client.subscribe(name);
  await until(`subscribed to ${name}`, () => channel.subscribed);
  return channel;
}

describe.each(TRANSPORTS)('pusher-js by %s', (transport) => {
  it('gets events, and sends client events', async () => {
    const channel = await subscribed(stock(transport), 'private-talk');
    const other = await bed.connect();
    await other.join('private-talk');
    const heard: unknown[] = [];
    channel.bind('client-hello', (data: unknown) => heard.push(data));
    channel.bind('news', (data: unknown) => heard.push(data));
    await bed.publish('private-talk', 'news', JSON.stringify({ text: '弹幕\n' }));
    await until('the event', () => heard.length === 1);
    expect(channel.trigger('client-hello', { n: 1 })).toBe(true);
    expect((await other.next('client-hello')).data).toEqual({ n: 1 });
    other.send({ event: 'client-hello', channel: 'private-talk', data: { n: 2 } });
    await until('the client event', () => heard.length === 2);
    expect(heard).toEqual([{ text: '弹幕\n' }, { n: 2 }]);
  });

  it('G3: gets every event once and in order on one connection, however many responses it takes', async () => {
    const client = stock(transport);
    const channel = await subscribed(client, 'busy');
    const id = client.connection.socket_id;
    const heard: number[] = [];
    channel.bind('big', ({ n }: { n: number }) => heard.push(n));
    const count = 60;
    for (let n = 0; n < count; n++) {
      await bed.publish('busy', 'big', JSON.stringify({ n, text: '中'.repeat(9_000) }));
    }
    await until('all events', () => heard.length >= count);
    expect(heard).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(client.connection.socket_id).toBe(id);
  });

  it('keeps a connection on which nothing happens, by pings of its own', async () => {
    const client = stock(transport, { activityTimeout: 200, pongTimeout: 20_000 });
    await subscribed(client, 'quiet');
    const id = client.connection.socket_id;
    const states: unknown[] = [];
    client.connection.bind('state_change', (change: unknown) => states.push(change));
    let answers = 0;
    client.connection.connection.bind('activity', () => answers++);
    await until('its pings are answered', () => answers >= 5);
    expect([states, client.connection.socket_id]).toEqual([[], id]);
  });

  it('is refused for good where its app is not known', async () => {
    const client = stock(transport, { key: 'nobody' });
    const errors: unknown[] = [];
    client.connection.bind('error', (error: unknown) => errors.push(error));
    await until('it is refused', () => client.connection.state === 'disconnected');
    expect(errors.at(-1)).toMatchObject({ error: { data: { code: 4001 } } });
  });
});

test('a client that streams leaves its channels as it disconnects', async () => {
  const client = stock('xhr_streaming');
  await subscribed(client, 'short');
  const occupied = async () => {
    const reply = await bed.call('GET', `/apps/${APP.id}/channels/short`);
    return ((await reply.json()) as { occupied: boolean }).occupied;
  };
  expect(await occupied()).toBe(true);
  client.disconnect();
  await until('it is gone', async () => !(await occupied()));
});

describe('what SockJS says', () => {
  it('answers sends without content, in their order', async () => {
    const { session } = await open();
    const messages = ['one', 'two'].map((channel) =>
      JSON.stringify({ event: 'pusher:subscribe', data: { channel } }),
    );
    const sent = await ask(session, 'xhr_send', { body: JSON.stringify(messages) });
    expect([sent.status, await sent.text()]).toEqual([204, '']);
    let heard = '';
    while (!heard.includes('two')) heard += await poll(session);
    expect(heard.indexOf('one')).toBeLessThan(heard.indexOf('two'));
  });

  it.each([
    { what: 'nothing', body: '', status: 400, text: 'Payload expected.' },
    { what: 'broken JSON', body: '[', status: 400, text: 'Broken JSON encoding.' },
    { what: 'an object', body: '{}', status: 400, text: 'Payload expected.' },
    { what: 'a number', body: '[1]', status: 400, text: 'Payload expected.' },
    { what: '300 KB', body: JSON.stringify(['x'.repeat(300 * 1024)]), status: 413, text: '' },
  ])('G10: a send of $what is answered $status', async ({ body, status, text }) => {
    const { session } = await open();
    const reply = await ask(session, 'xhr_send', { body });
    expect([reply.status, await reply.text()]).toEqual([status, text]);
    // The session goes on.
    expect((await ask(session, 'xhr_send', { body: '[]' })).status).toBe(204);
  });

  it('knows nothing of a session that it did not open', async () => {
    expect((await ask(newSession(), 'xhr_send', { body: '[]' })).status).toBe(404);
  });

  it('gives a second request beside the first a close', async () => {
    const { session } = await open();
    // Which of two requests is first is the network's to say.
    const polls = [poll(session), poll(session)];
    expect(await Promise.race(polls)).toBe('c[2010,"Another connection still open"]\n');
    await ask(session, 'xhr_send', { body: '["{\\"event\\":\\"pusher:ping\\"}"]' });
    expect((await Promise.all(polls)).join('')).toContain('pusher:pong');
  });

  it('lets pages of any origin in, and no cache keep anything', async () => {
    const headers = { origin: 'https://somewhere.example' };
    const preflight = await ask(newSession(), 'xhr_send', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'OPTIONS, POST',
      'access-control-allow-headers': 'Content-Type',
    });
    const reply = await ask(newSession(), 'xhr', { headers });
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect((await ask(newSession(), 'xhr', { method: 'GET' })).status).toBe(405);
  });
});

test('G8: a gateway that ends tells its clients to go elsewhere at once', async () => {
  const ending = await PusherBed.start();
  const session = newSession();
  expect(await poll(session, ending.host)).toBe('o\n');
  expect(await poll(session, ending.host)).toContain('connection_established');
  const stream = await ask(newSession(), 'xhr_streaming', { host: ending.host });
  const stopped = ending.close();
  const [polled, streamed] = await Promise.all([
    (async () => {
      let text = '';
      while (!text.includes('c[')) text += await poll(session, ending.host);
      return text;
    })(),
    stream.text(),
  ]);
  for (const text of [polled, streamed]) {
    expect(text).toContain('pusher:error');
    expect(text).toContain('c[4200,"Server closed. Please reconnect shortly."]\n');
  }
  await stopped;
});

test('names the host of this gateway, and clients go there', async () => {
  const pinned = await PusherBed.start({ PUSHER_FALLBACK_HOST: 'localhost' });
  try {
    expect(await poll(newSession(), pinned.host)).toBe('o{"hostname":"localhost"}\n');
    for (const transport of TRANSPORTS) {
      const client = stock(transport, { httpPort: pinned.gateway.port });
      const channel = await subscribed(client, 'pinned');
      const heard: unknown[] = [];
      channel.bind('news', (data: unknown) => heard.push(data));
      await pinned.publish('pinned', 'news', '1');
      await until('the event', () => heard.length === 1);
      client.disconnect();
    }
  } finally {
    await pinned.close();
  }
});

test('stands behind the path prefix', async () => {
  const prefixed = await PusherBed.start({ SOKETI_PATH_PREFIX: '/ws' });
  try {
    const url = `http://${prefixed.host}/ws/pusher/app/${newSession()}/xhr?${QUERY}`;
    const reply = await fetch(url, { method: 'POST' });
    expect(await reply.text()).toBe('o\n');
    expect((await ask(newSession(), 'xhr', { host: prefixed.host })).status).toBe(404);
  } finally {
    await prefixed.close();
  }
});
