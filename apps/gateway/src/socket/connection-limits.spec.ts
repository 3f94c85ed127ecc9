import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { APP } from '../pusher/testing/pusher-bed';
import { TestClient } from '../pusher/testing/test-client';
import { until } from '../testing/until';
import { refusalOf, RoomClient, type Refused } from './testing/room-client';
import { ADMIN_TOKEN, SocketBed } from './testing/socket-bed';

const NUMBER: unknown = expect.any(Number);
const TEXT: unknown = expect.any(String);

let bed: SocketBed;
const pushers: TestClient[] = [];
beforeAll(async () => {
  bed = await SocketBed.start({ CONNECTIONS_PER_ADDRESS: '3', CONNECTIONS_PER_USER: '2' });
});
afterEach(async () => {
  for (const client of pushers.splice(0)) client.drop();
  await bed.clear();
});
afterAll(() => bed.close());

let lastAddress = 0;
const newAddress = () => `203.0.113.${String(++lastAddress)}`;

function dialPusher(from: string): TestClient {
  const client = TestClient.dial(bed.pusher.url(), APP, { 'x-forwarded-for': from });
  pushers.push(client);
  return client;
}

async function openPusher(from: string): Promise<TestClient> {
  const client = dialPusher(from);
  const { data } = await client.next('pusher:connection_established');
  client.socketId = (JSON.parse(data as string) as { socket_id: string }).socket_id;
  return client;
}

function refusedPusher(from: string): Promise<Refused> {
  const headers = { 'x-forwarded-for': from };
  return refusalOf(new WebSocket(bed.pusher.url(), { headers }));
}

const newSession = () => `${APP.key}/7/${randomBytes(4).toString('hex')}`;

function poll(session: string, from: string): Promise<Response> {
  const query = 'protocol=7&client=js&version=8.6.0';
  return fetch(`http://${bed.host}/pusher/app/${session}/xhr?${query}`, {
    method: 'POST',
    headers: { 'x-forwarded-for': from },
    signal: AbortSignal.timeout(10_000),
  });
}

function expectTooMany({ status, retryAfterSeconds, body }: Refused): void {
  expect({ status, body }).toEqual({
    status: 429,
    body: { code: 'rate_limited', message: TEXT, retryAfterMs: NUMBER },
  });
  expect(retryAfterSeconds).toBe(Math.ceil((body.retryAfterMs ?? 0) / 1_000));
}

/** Resolves when one more has come in: the gateway hears of a close a moment after the client. */
async function openSoon(from: string): Promise<RoomClient> {
  return until('there is room for one more', () => bed.open({ from }).catch(() => null));
}

describe('connections of one address', () => {
  it('are counted through all doors together, and refused at each of them', async () => {
    const from = newAddress();
    const refusedBefore = await bed.limited('connections_of_address');
    const room = await bed.open({ from });
    await openPusher(from);
    const session = newSession();
    expect(await (await poll(session, from)).text()).toBe('o\n');

    expectTooMany(await RoomClient.refused(bed.host, { from }));
    expectTooMany(await refusedPusher(from));
    const fallback = await poll(newSession(), from);
    expect(fallback.headers.get('access-control-allow-origin')).toBe('*');
    expectTooMany({
      status: fallback.status,
      retryAfterSeconds: Number(fallback.headers.get('retry-after')),
      body: (await fallback.json()) as Refused['body'],
    });
    expect((await bed.limited('connections_of_address')) - refusedBefore).toBe(3);

    // Those that are there go on, and others come in.
    expect(await room.ask('ping')).toMatchObject({ event: 'ok' });
    expect(await (await poll(session, from)).text()).toMatch(/^a\[/);
    await bed.open({ from: newAddress() });
  });

  it('have room again for each that has gone, by whatever door', async () => {
    const from = newAddress();
    const [room, pusher] = [await bed.open({ from }), await openPusher(from)];
    await bed.open({ from });
    await room.close();
    await openSoon(from);
    pusher.drop();
    await openSoon(from);
    expectTooMany(await RoomClient.refused(bed.host, { from }));
  });

  it('are those that are let in alone: no handshake that fails takes a place', async () => {
    const from = newAddress();
    for (const path of ['/ws', `/app/${APP.key}?protocol=7`, '/nowhere']) {
      for (let i = 0; i < 5; i++) {
        const socket = connect(bed.port, '127.0.0.1');
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            `X-Forwarded-For: ${from}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n`,
        );
        const [answer] = (await once(socket, 'data')) as [Buffer];
        expect(answer.toString()).toMatch(/^HTTP\/1.1 40[04] /);
        socket.destroy();
      }
    }
    for (let i = 0; i < 3; i++) await bed.open({ from });
  });

  it('are those of a whole IPv6 network, and not counted where the address is exempt', async () => {
    for (let i = 1; i <= 3; i++) await bed.open({ from: `2001:db8:7::${String(i)}` });
    expectTooMany(await RoomClient.refused(bed.host, { from: '2001:db8:7::4' }));
    await bed.open({ from: '2001:db8:8::1' });
    for (let i = 0; i < 10; i++) await bed.open();
  });

  it('G10: who is refused holds no socket, though it does not close it', async () => {
    const from = newAddress();
    for (let i = 0; i < 3; i++) await bed.open({ from });
    const socket = connect({ port: bed.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.resume();
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `X-Forwarded-For: ${from}\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await once(socket, 'end');
    // What comes to a socket that is gone is answered by a reset.
    const failed = once(socket, 'error');
    const timer = setInterval(() => socket.write('x'), 10);
    await failed;
    clearInterval(timer);
    socket.destroy();
  });
});

describe('connections of one user', () => {
  it('are counted from whichever address, until one has gone', async () => {
    const token = await bed.guestToken();
    const dialled = () => ({ token, from: newAddress() });
    const first = await bed.open(dialled());
    await bed.open(dialled());
    expectTooMany(await RoomClient.refused(bed.host, dialled()));
    await bed.open({ token: await bed.guestToken(), from: newAddress() });
    await first.close();
    await until('there is room again', () => bed.open(dialled()).catch(() => null));
  });

  it('are not counted for bots and trusted servers', async () => {
    const bot = await bed.botToken('robot');
    for (const token of [bot, ADMIN_TOKEN]) {
      for (let i = 0; i < 4; i++) await bed.open({ token, from: newAddress() });
    }
  });

  it('are those that have signed in to a Pusher app, too: one more is closed 4100', async () => {
    const refusedBefore = await bed.limited('connections_of_user');
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await openPusher(newAddress()));
    const [first, second, third] = clients;
    for (const client of [first!, second!]) {
      client.signIn({ id: 'ann' });
      await client.next('pusher:signin_success');
    }
    third!.signIn({ id: 'ann' });
    expect((await third!.end()).code).toBe(4100);
    expect((await bed.limited('connections_of_user')) - refusedBefore).toBe(1);
    // Somebody who signs in again is counted once.
    first!.signIn({ id: 'ann' });
    await first!.next('pusher:signin_success');
    first!.signIn({ id: 'bob' });
    await first!.next('pusher:signin_success');
    const fourth = await openPusher(newAddress());
    fourth.signIn({ id: 'ann' });
    await fourth.next('pusher:signin_success');
  });
});
