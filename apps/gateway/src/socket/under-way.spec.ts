import { WebSocket, WebSocketServer, type Server as SocketServer } from 'ws';
import { until } from '../testing/until';
import { Connection, RoomSocket, type FrameTimes } from './connection';
import { Request } from './request';
import type { Frame, RoomClient } from './testing/room-client';
import { SocketBed } from './testing/socket-bed';
import { TurnEnd } from './turn-end';
import { Turns } from './turns';

let bed: SocketBed;
let room: string;
let token: string;
beforeAll(async () => {
  bed = await SocketBed.start({ FRAME_RATE: '0', BYTE_RATE: '0', SEND_RATE: '0' });
  token = await bed.accountToken('speaker');
  room = await bed.room('hall', token);
});
afterEach(() => bed.clear());
afterAll(() => bed.close());

async function inRoom(): Promise<RoomClient> {
  const client = await bed.open({ token });
  expect(await client.ask('join', { room })).toMatchObject({ event: 'ok' });
  return client;
}

let keys = 0;
const say = (client: RoomClient) =>
  client.send('send', { room, key: `key-${String(++keys).padStart(8, '0')}`, text: 'hello' });

/** So many sends without a pause, of which the gateway has read none when this returns. */
function sayAll(client: RoomClient, count: number): number[] {
  return Array.from({ length: count }, () => say(client));
}

/** The replies to all of them, as they came. */
async function repliesTo(client: RoomClient, ids: readonly number[]): Promise<Frame[]> {
  await client.reply(ids.at(-1) ?? 0);
  return client.frames.filter(({ id }) => ids.includes(id ?? 0));
}

it('what one connection sends in one go is all taken, in its order', async () => {
  const client = await inRoom();
  const ids = sayAll(client, 1_000);
  const replies = await repliesTo(client, ids);
  expect(replies.filter(({ event }) => event !== 'ok')).toEqual([]);
  // P7
  expect(replies.map(({ id }) => id)).toEqual(ids);
  const places = replies.map(({ data }) => data['seq'] as number);
  expect(places).toEqual(places.map((_, i) => (places[0] ?? 0) + i));
});

it('who sends one is not behind all of somebody who sends a thousand', async () => {
  const [many, one] = [await inRoom(), await inRoom()];
  const ids = sayAll(many, 1_000);
  const { data } = await one.reply(say(one));
  const replies = await repliesTo(many, ids);
  const earlier = replies.filter((it) => Number(it.data['seq']) < Number(data['seq']));
  expect(replies).toHaveLength(1_000);
  expect(earlier.length).toBeLessThan(300);
});

describe('a connection with as many requests under way as it may have', () => {
  const MOST = 64;
  const SENT = 200;
  let server: SocketServer<typeof RoomSocket>;
  let client: WebSocket;
  let connection: Connection;
  const taken: { request: Request; times: FrameTimes; takenAt: number }[] = [];

  beforeEach(async () => {
    server = new WebSocketServer<typeof RoomSocket>({
      port: 0,
      host: '127.0.0.1',
      WebSocket: RoomSocket,
    });
    const host = {
      turnEnd: new TurnEnd(),
      turns: new Turns(),
      received: (from: Connection, _: Buffer, times: FrameTimes) => {
        const request = new Request({
          connection: from,
          id: taken.length,
          event: 'send',
          data: { room: 'hall' },
          at: times.at,
          run: () => undefined,
        });
        taken.push({ request, times, takenAt: performance.now() });
        from.take(request);
      },
      broken: (_: Connection, error: Error) => {
        throw error;
      },
      closed: () => undefined,
    };
    server.on('connection', (ws) => {
      const options = { id: 'one', ws, session: null, address: '127.0.0.1', flow: null, host };
      connection = new Connection(options);
    });
    await until('it listens', () => server.address());
    const { port } = server.address() as { port: number };
    client = new WebSocket(`ws://127.0.0.1:${String(port)}`, { perMessageDeflate: false });
    await until('it is open', () => client.readyState === WebSocket.OPEN);
    for (let i = 0; i < SENT; i++) client.send('{}');
    await until('what is sent has come', () => connection.unanswered === SENT);
  });

  afterEach(() => {
    taken.length = 0;
    client.terminate();
    server.close();
  });

  it('takes the next when one is answered', async () => {
    expect(taken).toHaveLength(MOST);
    for (let answered = 1; answered <= 3; answered++) {
      taken[answered - 1]?.request.ok({});
      await until('the next is taken', () => taken.length === MOST + answered);
      expect(connection.unanswered).toBe(SENT - answered);
    }
    for (let answered = 0; answered < SENT; answered = taken.length) {
      await until('more are taken', () => taken.length > answered);
      for (const { request } of taken.slice()) request.ok({});
    }
    expect(taken).toHaveLength(SENT);
  });

  it('does not say of those that wait meanwhile that the gateway keeps them waiting', async () => {
    const answeredAt = performance.now();
    for (const { request } of taken.slice()) request.ok({});
    await until('the next are taken', () => taken.length === 2 * MOST);
    for (const { times, takenAt } of taken.slice(MOST)) {
      expect(times.at).toBeLessThan(answeredAt);
      expect(times.dueAt).toBeGreaterThanOrEqual(answeredAt);
      expect(times.dueAt).toBeLessThanOrEqual(takenAt);
    }
  });

  it('takes nothing more once it is closed', async () => {
    connection.close('goingAway');
    for (const { request } of taken.slice()) request.ok({});
    await until('nothing waits', () => connection.unanswered === 0);
    expect(taken).toHaveLength(MOST);
  });
});
