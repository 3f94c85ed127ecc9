import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { APP, PusherBed } from './testing/pusher-bed';
import { SELF_SIGNED } from './testing/self-signed';
import type { TestClient } from './testing/test-client';

/** An app of each kind that refuses somebody. */
const APPS = [
  { ...APP, enableClientMessages: true },
  { id: 'off', key: 'off-key', secret: 's', enabled: false },
  { id: 'small', key: 'small-key', secret: 's', maxConnections: 1 },
  { id: 'strict', key: 'strict-key', secret: 'strict-secret', enableUserAuthentication: true },
];

describe('connecting', () => {
  let bed: PusherBed;
  beforeAll(async () => {
    bed = await PusherBed.start({ SOKETI_USER_AUTHENTICATION_TIMEOUT: '1000' }, APPS);
  });
  afterEach(() => {
    bed.clear();
  });
  afterAll(() => bed.close());

  it('is established by one message, with a socket id and the time after which to ping', async () => {
    const client = await bed.connect();
    const [text = ''] = client.texts;
    const { socketId } = client;
    expect(socketId).toMatch(/^\d+\.\d+$/);
    const data = `{"socket_id":"${socketId}","activity_timeout":30}`;
    expect(text).toBe(JSON.stringify({ event: 'pusher:connection_established', data }));
    const other = await bed.connect();
    expect(other.socketId).not.toBe(socketId);
  });

  it('answers a ping, with an object', async () => {
    const client = await bed.connect();
    client.send({ event: 'pusher:ping', data: {} });
    await client.next('pusher:pong');
    expect(client.texts[1]).toBe('{"event":"pusher:pong","data":{}}');
  });

  it.each([
    ['nobody', 'protocol=7', 4001, 'App key nobody does not exist.'],
    ['off-key', 'protocol=7', 4003, 'The app is not enabled.'],
    ['', 'protocol=7', 4005, 'Path not found'],
    ['app-key/more', 'protocol=7', 4005, 'Path not found'],
    ['app-key', 'protocol=seven', 4006, 'Invalid version string format'],
    ['app-key', 'protocol=99', 4007, 'Unsupported protocol version'],
    ['app-key', 'protocol=1', 4007, 'Unsupported protocol version'],
    ['app-key', 'client=js', 4008, 'No protocol version supplied'],
  ])('refuses /app/%s?%s with %i', async (key, query, code, message) => {
    const client = bed.dial(bed.url(key, query));
    expect(await client.end()).toEqual({ code, reason: message });
    expect(client.messages).toEqual([{ event: 'pusher:error', data: { code, message } }]);
  });

  it('closes 4004 what is over the quota of connections, and has room again when one has gone', async () => {
    const small = { key: 'small-key', secret: 's' };
    const first = await bed.connect(small);
    const second = bed.dial(bed.url('small-key'));
    expect(await second.end()).toEqual({
      code: 4004,
      reason: 'The current concurrent connections quota has been reached.',
    });
    await first.close();
    // The gateway hears of the close a moment after the client.
    for (;;) {
      const third = bed.dial(bed.url('small-key'));
      const came = await third.next('pusher:connection_established').catch(() => null);
      if (came) break;
    }
  });

  it('closes 4009 who does not show who they are in time, where the app asks for it', async () => {
    const strict = { key: 'strict-key', secret: 'strict-secret' };
    const tooLate = { code: 4009, reason: 'Connection not authorized within timeout.' };
    /** Somebody who shows it, once more where this process was held up until it was too late. */
    const known = async (show: (client: TestClient) => Promise<unknown>) => {
      for (;;) {
        const client = await bed.connect(strict);
        const isShown = await show(client).then(
          () => true,
          () => false,
        );
        if (isShown) return client;
        expect(client.closed).toEqual(tooLate);
      }
    };
    const joiner = await known((client) => client.join('private-room'));
    const user = await known((client) => {
      client.signIn({ id: 'u' });
      return client.next('pusher:signin_success');
    });
    // Who comes last is closed first.
    const nobody = await bed.connect(strict);
    nobody.subscribe('public');
    expect(await nobody.end()).toEqual(tooLate);
    await joiner.settle();
    await user.settle();
    expect([joiner.closed, user.closed]).toEqual([null, null]);
  });

  it('G10: says so when a message is none of the protocol, and goes on', async () => {
    const client = await bed.connect();
    const bad = ['{', '[]', '"text"', 'null', '{"event":1}', '{"event":"pusher:subscribe"}'];
    for (const text of [...bad, '{"event":"other","data":{}}']) client.send(text);
    await client.settle();
    const errors = client.messages.filter(({ event }) => event === 'pusher:error');
    expect(errors).toHaveLength(7);
    expect(errors[0]?.data).toMatchObject({ code: 4303 });
  });

  it('G10: says so of what is nested without end, and goes on', async () => {
    const client = await bed.connect();
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    for (const levels of [65, 6_000, 250_000]) {
      client.send(`{"event":"client-x","channel":"private-x","data":${deep(levels)}}`);
      expect((await client.next('pusher:error')).data).toMatchObject({ code: 4303 });
    }
    const body = `{"name":"x","channel":"x","data":${deep(50_000)}}`;
    const reply = await bed.call('POST', `/apps/${APP.id}/events`, body);
    expect([reply.status, await reply.json()]).toEqual([
      400,
      { error: 'The received data is incorrect', code: 400 },
    ]);
    expect(bed.complaints).toEqual([]);
  });

  it('names a key of any length, and closes with a reason that fits', async () => {
    const key = 'ü'.repeat(200);
    const client = bed.dial(bed.url(encodeURIComponent(key)));
    const { code, reason } = await client.end();
    expect(code).toBe(4001);
    expect(reason.startsWith('App key ')).toBe(true);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    expect(bed.complaints).toEqual([]);
  });

  it('takes nothing from whom it has closed, who leaves at once', async () => {
    const [bad, other] = await Promise.all([bed.connect(), bed.connect()]);
    await other.join('presence-a', { user_id: 'other' });
    await bad.join('presence-a', { user_id: 'bad' });
    const data = JSON.stringify({ id: 'x'.repeat(201) });
    // A client that reads nothing of the close, and goes on.
    bad.pause();
    bad.send({ event: 'pusher:signin', data: bad.signInData(data) });
    await other.next('pusher_internal:member_removed');
    bad.send({ event: 'client-x', channel: 'presence-a', data: {} });
    bad.subscribe('presence-a', bad.authFor('presence-a', { user_id: 'bad' }));
    for (let i = 0; i < 10; i++) await bed.publish('presence-a', 'said', 'x');
    await other.settle();
    expect(other.messages.filter(({ event }) => event.endsWith('member_added'))).toHaveLength(1);
    expect(other.messages.some(({ event }) => event === 'client-x')).toBe(false);
  });

  it('reads what a client says before it is told that it is connected', async () => {
    const client = bed.dial(bed.url());
    while (!client.closed) {
      try {
        client.subscribe('early');
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await client.next('pusher:connection_established');
    await client.next('pusher_internal:subscription_succeeded', 'early');
  });

  it('closes 1009 a frame of more than 1 MiB, and takes others', async () => {
    const client = await bed.connect();
    client.send('x'.repeat(1024 * 1024 + 1));
    expect((await client.end()).code).toBe(1009);
    await bed.connect();
  });

  it('leaves upgrades of other paths to their own doors', async () => {
    const [host = '', port = ''] = bed.host.split(':');
    const socket = connect(Number(port), host);
    socket.write(
      'GET /application HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 404 /);
    socket.destroy();
  });
});

describe('two apps', () => {
  it('have nothing of each other, whatever their ids are', async () => {
    const one = { id: 'x', key: 'one-key', secret: 'one' };
    const other = { id: 'x:#server-to-user-q', key: 'other-key', secret: 'other' };
    const bed = await PusherBed.start({}, [one, other]);
    const client = await bed.connect(other);
    await client.join('news');
    await bed.call(
      'POST',
      '/apps/x/events',
      { name: 'said', channel: '#server-to-user-q:news', data: 'x' },
      one,
    );
    const id = encodeURIComponent(other.id);
    const event = { name: 'last', channel: 'news', data: 'x' };
    await bed.call('POST', `/apps/${id}/events`, event, other);
    await client.next('last');
    expect(client.messages.some(({ event: name }) => name === 'said')).toBe(false);
    await bed.close();
  });
});

describe('a gateway that goes away', () => {
  it('G8: closes its connections 4200, and everybody may come back at once', async () => {
    const bed = await PusherBed.start();
    const clients = await Promise.all(Array.from({ length: 50 }, () => bed.connect()));
    const closing = bed.gateway.stop();
    const message = 'Server closed. Please reconnect shortly.';
    for (const client of clients) {
      expect(await client.end()).toEqual({ code: 4200, reason: message });
      const last = client.messages.at(-1);
      expect(last).toEqual({ event: 'pusher:error', data: { code: 4200, message } });
    }
    await closing;
  });

  it('closes newcomers 4200 while it drains', async () => {
    const bed = await PusherBed.start();
    await Promise.all(Array.from({ length: 20 }, () => bed.connect()));
    const url = bed.url();
    const closing = bed.gateway.stop();
    const late = bed.dial(url);
    const message = 'Server is closing. Please reconnect shortly.';
    expect(await late.end()).toEqual({ code: 4200, reason: message });
    const answer = await fetch(`http://${bed.host}/ready`);
    expect(answer.status).toBe(500);
    // A load balancer is told so before the upgrade, and takes another gateway.
    const proxied = bed.dial(url, { 'X-Forwarded-For': '192.0.2.1' });
    expect(await proxied.end()).toMatchObject({ code: 1006 });
    expect(proxied.texts).toEqual([]);
    await closing;
  });
});

describe('an app for TLS alone', () => {
  it('closes 4000 what came without, and takes what a trusted proxy says came with it', async () => {
    const bed = await PusherBed.start({ PUSHER_TLS_ONLY: 'true' });
    const client = bed.dial(bed.url());
    expect(await client.end()).toEqual({
      code: 4000,
      reason: 'Application only accepts SSL connections, reconnect using wss://',
    });
    const secure = bed.dial(bed.url(), { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '::1' });
    await secure.next('pusher:connection_established');
    await bed.close();
  });
});

describe('a gateway that speaks TLS by itself', () => {
  it('takes wss and https with the certificate that it is given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-tls-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(cert, SELF_SIGNED.cert);
    await writeFile(key, SELF_SIGNED.key);
    const bed = await PusherBed.start({ SOKETI_SSL_CERT: cert, SOKETI_SSL_KEY: key });
    const ws = new WebSocket(bed.url().replace('ws:', 'wss:'), { ca: SELF_SIGNED.cert });
    const [message] = (await once(ws, 'message')) as [Buffer];
    expect(message.toString()).toContain('pusher:connection_established');
    ws.terminate();
    const answer = once(get(`https://${bed.host}/ready`, { ca: SELF_SIGNED.cert }), 'response');
    const [response] = (await answer) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.destroy();
    await bed.close();
    await rm(folder, { recursive: true });
  });
});
