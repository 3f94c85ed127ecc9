import WebSocket from 'ws';
import { useCluster } from '../testing/bed';
import { PUSHER_APP } from '../testing/pusher-pages';
import { RawClient, socketUrl, type RawOptions } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();

const ELSEWHERE = 'https://elsewhere.example';

/** Origins of pages that are not ours, where ours is at `url`. */
function foreign(url: string): string[] {
  const { host, hostname, port } = new URL(url);
  return [
    ELSEWHERE,
    'null',
    'file://',
    'chrome-extension://abcdefghijklmnop',
    `http://${host}.elsewhere.example`,
    `http://elsewhere.example:${port}`,
    `http://${hostname}`,
    `http://${hostname}:${String(Number(port) + 1)}`,
    `ws://${host}`,
    host,
    `${url} ${ELSEWHERE}`,
  ];
}

async function isRefused(url: string, options: RawOptions): Promise<void> {
  const answer = await RawClient.refusal(url, options);
  expect([options.origin, answer]).toMatchObject([
    options.origin,
    { status: 403, body: { code: 'forbidden' } },
  ]);
}

describe('P3: a page of another site', () => {
  it('gets no socket, with the cookie of somebody or without, at a gateway and through Nginx', async () => {
    const { cluster, api } = bed();
    const { token } = await api.guest();
    for (const url of [cluster.url, cluster.gateway(0)]) {
      for (const origin of foreign(url)) {
        await isRefused(url, { origin });
        await isRefused(url, { origin, token, by: 'cookie' });
      }
      const own = await RawClient.open(url, { origin: url, token, by: 'cookie' });
      expect(own.welcome.user).not.toBeNull();
      own.drop();
    }
  });

  it('is not let in by headers that only a proxy writes', async () => {
    const { cluster } = bed();
    const { host } = new URL(ELSEWHERE);
    for (const headers of [
      { 'x-forwarded-host': host },
      { 'x-forwarded-host': `${host}, ${host}` },
      { 'x-forwarded-host': host, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' },
      { forwarded: `host=${host};proto=https` },
      { 'x-original-host': host, 'x-host': host },
    ]) {
      await isRefused(cluster.url, { origin: ELSEWHERE, headers });
    }
  });

  it('is not confused with ours behind a proxy that ends TLS', async () => {
    const { cluster } = bed();
    // In front of Nginx, which hands the Host on; and in front of a gateway, which believes the proxy's header.
    const ways: [string, Record<string, string>][] = [
      [cluster.url, { host: 'chat.example', 'x-forwarded-proto': 'https' }],
      [cluster.gateway(1), { 'x-forwarded-host': 'chat.example', 'x-forwarded-proto': 'https' }],
    ];
    for (const [url, headers] of ways) {
      for (const origin of [ELSEWHERE, 'https://chat.example.elsewhere.example']) {
        await isRefused(url, { origin, headers });
      }
      await isRefused(url, { origin: 'https://chat.example:8443', headers });
      const own = await RawClient.open(url, { origin: 'https://chat.example', headers });
      own.drop();
    }
  });

  it('changes nothing in the name of who is signed in, and reads nothing', async () => {
    const { api, cluster } = bed();
    const { token } = await api.account();
    const room = await api.room({ id: '', name: '', token });
    const headers = { cookie: `hubbub_session=${token}`, origin: ELSEWHERE };
    const bodies: [string, string, object?][] = [
      ['POST', `/api/rooms/${room}/messages`, { key: 'a-key-of-theirs', text: 'not me' }],
      ['POST', '/api/rooms', { slug: 'not-mine', title: 'not mine' }],
      ['PATCH', `/api/rooms/${room}`, { title: 'not mine' }],
      ['DELETE', `/api/rooms/${room}`],
      ['DELETE', '/api/sessions'],
      ['POST', '/api/pusher/user-auth', { socket_id: '1.2' }],
      ['POST', '/api/pusher/auth', { socket_id: '1.2', channel_name: `presence-room.${room}` }],
    ];
    for (const [method, path, body] of bodies) {
      const reply = await api.call(method, path, { headers, ...(body && { body }) });
      expect([path, reply]).toMatchObject([path, { status: 403, body: { code: 'forbidden' } }]);
    }
    // As a form, which a page may post without asking first.
    const form = new URLSearchParams({ socket_id: '1.2', channel_name: `presence-room.${room}` });
    const posted = await fetch(`${cluster.url}/api/pusher/auth`, {
      method: 'POST',
      body: form,
      headers,
    });
    expect(posted.status).toBe(403);
    for (const method of ['GET', 'OPTIONS']) {
      const reply = await fetch(`${cluster.url}/api/me`, { method, headers });
      await reply.body?.cancel();
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
      expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });
});

describe('the Pusher protocol, which any page may speak', () => {
  it('takes nobody for signed in by a cookie', async () => {
    const { api, cluster } = bed();
    const { token } = await api.account();
    for (const url of [cluster.url, cluster.gateway(0)]) {
      const address = socketUrl(url, `/app/${PUSHER_APP.key}?protocol=7`);
      const ws = new WebSocket(address, {
        origin: ELSEWHERE,
        headers: { cookie: `hubbub_session=${token}` },
      });
      const heard: string[] = [];
      ws.on('message', (data: Buffer) => heard.push(data.toString()));
      await waitFor(() => heard.length > 0, { what: 'it is let in' });
      ws.send('{"event":"pusher:subscribe","data":{"channel":"presence-room.lobby"}}');
      await waitFor(() => heard.some((it) => it.includes('subscription_error')), {
        what: 'it is nobody',
      });
      ws.terminate();
    }
  });

  it('is never answered with credentials', async () => {
    const { cluster } = bed();
    for (const path of [
      `/pusher/app/${PUSHER_APP.key}/123/abcdefgh/xhr_send`,
      `/apps/${PUSHER_APP.id}/channels`,
    ]) {
      for (const method of ['OPTIONS', 'POST']) {
        const reply = await fetch(cluster.url + path, { method, headers: { origin: ELSEWHERE } });
        await reply.body?.cancel();
        expect(reply.headers.get('access-control-allow-origin')).toBe('*');
        expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
      }
    }
  });
});
