import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { APP } from '../pusher/testing/pusher-bed';
import { TestClient } from '../pusher/testing/test-client';
import { until } from '../testing/until';
import { refusalOf, RoomClient } from './testing/room-client';
import { SocketBed } from './testing/socket-bed';

const TEXT: unknown = expect.any(String);
const NUMBER: unknown = expect.any(Number);
const UNAVAILABLE = { code: 'unavailable', message: TEXT, retryAfterMs: NUMBER };

let bed: SocketBed;
beforeAll(async () => {
  bed = await SocketBed.start({ MAX_CONNECTIONS: '2' });
});
afterEach(() => bed.clear());
afterAll(() => bed.close());

const pusher = (from?: string) =>
  TestClient.dial(bed.pusher.url(), APP, from === undefined ? {} : { 'x-forwarded-for': from });

/** Both places are taken: one by each door. */
async function fill(): Promise<{ room: RoomClient; channel: TestClient }> {
  const room = await bed.open();
  const channel = await bed.pusher.connect();
  return { room, channel };
}

function openSession(): Promise<Response> {
  const session = `${APP.key}/7/${randomBytes(4).toString('hex')}`;
  const query = 'protocol=7&client=js&version=8.6.0';
  const url = `http://${bed.host}/pusher/app/${session}/xhr?${query}`;
  return fetch(url, { method: 'POST', signal: AbortSignal.timeout(10_000) });
}

describe('a gateway that has all the connections that it may have', () => {
  it('closes one more 4503, or 4100 where it is a Pusher client; those that are there stay', async () => {
    const { room, channel } = await fill();
    const before = await bed.limited('connections_of_gateway');
    await expect(RoomClient.open(bed.host)).rejects.toThrow('"code":4503,"reason":"overloaded"');
    const refused = pusher();
    expect((await refused.end()).code).toBe(4100);
    expect(refused.messages).toEqual([
      { event: 'pusher:error', data: { code: 4100, message: 'Over capacity. Try again later.' } },
    ]);
    const session = await openSession();
    expect([session.status, Number(session.headers.get('retry-after')) > 0]).toEqual([503, true]);
    expect(await session.json()).toEqual(UNAVAILABLE);
    expect((await bed.limited('connections_of_gateway')) - before).toBe(3);
    expect(await room.ask('ping')).toMatchObject({ event: 'ok' });
    expect(channel.closed).toBeNull();
  });

  it('answers a load balancer 503, so that it takes another gateway', async () => {
    await fill();
    const from = '203.0.113.1';
    const room = await RoomClient.refused(bed.host, { from });
    const channel = await refusalOf(
      new WebSocket(bed.pusher.url(), { headers: { 'x-forwarded-for': from } }),
    );
    for (const { status, retryAfterSeconds, body } of [room, channel]) {
      expect({ status, body }).toEqual({ status: 503, body: UNAVAILABLE });
      expect(retryAfterSeconds).toBeGreaterThan(0);
    }
  });

  it('takes the next when one has gone, by whatever door; who was refused takes no place', async () => {
    const { room, channel } = await fill();
    for (let i = 0; i < 5; i++) await expect(RoomClient.open(bed.host)).rejects.toThrow('4503');
    await room.close();
    await until('there is a place', () => bed.open().catch(() => null));
    channel.drop();
    await until('there is another', () => bed.open().catch(() => null));
    await expect(RoomClient.open(bed.host)).rejects.toThrow('4503');
  });

  it('G10: who does not answer the close is ended all the same', async () => {
    await fill();
    const socket = connect(bed.port, '127.0.0.1');
    socket.resume();
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const startedAt = performance.now();
    await once(socket, 'end');
    // By itself `ws` waits for half a minute.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    socket.destroy();
  });
});
