import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer, type Server as SocketServer } from 'ws';
import { until } from '../testing/until';
import { Connection, RoomSocket, type FrameTimes } from './connection';
import { readInSlices } from './receivers';
import { Request } from './request';
import { maskedFrame, writeRaw } from './testing/raw-frames';
import type { Frame, RoomClient } from './testing/room-client';
import { SocketBed } from './testing/socket-bed';
import { TurnEnd } from './turn-end';
import { Turns } from './turns';
import { UnderWay } from './under-way';

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

describe('requests that are not answered yet', () => {
  /** Of one connection where the gateway has few; of all, where it has many; and of one then. */
  const [MOST, MANY, LEAST] = [64, 96, 4];
  const SENT = 200;

  /** What has come of one client. */
  interface Taken {
    request: Request;
    text: string;
    times: FrameTimes;
    takenAt: number;
  }

  /** A client, and what is at the other end of it. */
  interface Pair {
    client: WebSocket;
    connection: Connection;
    taken: Taken[];
    errors: Error[];
    closes: number[];
  }

  let server: SocketServer<typeof RoomSocket>;
  const pairs = new Map<Connection, Pair>();
  const pairOf = (connection: Connection): Pair => pairs.get(connection)!;
  const host = {
    turnEnd: new TurnEnd(),
    turns: new Turns(),
    underWay: new UnderWay(),
    received: (connection: Connection, data: Buffer, times: FrameTimes) => {
      const { taken } = pairOf(connection);
      const request = new Request({
        connection,
        id: taken.length,
        event: 'send',
        data: { room: 'hall' },
        at: times.at,
        run: () => undefined,
      });
      taken.push({ request, text: data.toString(), times, takenAt: performance.now() });
      connection.take(request);
    },
    broken: (connection: Connection, error: Error) => pairOf(connection).errors.push(error),
    closed: (connection: Connection, code: number) => pairOf(connection).closes.push(code),
  };

  beforeAll(async () => {
    readInSlices();
    server = new WebSocketServer<typeof RoomSocket>({
      port: 0,
      host: '127.0.0.1',
      WebSocket: RoomSocket,
    });
    await until('it listens', () => server.address());
  });
  afterEach(async () => {
    for (const pair of pairs.values()) pair.client.terminate();
    await until('all are closed', () => {
      for (const pair of pairs.values()) answerAll(pair);
      return [...pairs.values()].every(({ closes }) => closes.length > 0);
    });
    pairs.clear();
  });
  afterAll(() => {
    server.close();
  });

  async function open(): Promise<Pair> {
    const accepted = new Promise<Connection>((resolve) => {
      server.once('connection', (ws) => {
        const options = { id: 'one', ws, session: null, address: '127.0.0.1', flow: null, host };
        resolve(new Connection(options));
      });
    });
    const { port } = server.address() as { port: number };
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`, { perMessageDeflate: false });
    const connection = await accepted;
    const pair = { client, connection, taken: [], errors: [], closes: [] };
    pairs.set(connection, pair);
    await until('it is open', () => client.readyState === WebSocket.OPEN);
    return pair;
  }

  /** The frames of these texts: what a client writes in one go. */
  const framesOf = (texts: readonly string[]): Buffer =>
    Buffer.concat(texts.map((text) => maskedFrame(0x81, Buffer.from(text))));

  /** A connection that has been sent more than it may have under way. */
  async function openFull(): Promise<Pair> {
    const pair = await open();
    writeRaw(pair.client, framesOf(Array.from({ length: SENT }, () => '{}')));
    await until('what is sent has come', () => pair.connection.unanswered === SENT);
    return pair;
  }

  const socketOf = ({ ws }: Connection): Socket => (ws as unknown as { _socket: Socket })._socket;

  const answerAll = ({ taken }: Pair): void => {
    for (const { request } of taken.slice()) request.ok({});
  };

  it('of one connection are so many, and one more for each that is answered', async () => {
    const pair = await openFull();
    const { connection, taken } = pair;
    expect(taken).toHaveLength(MOST);
    for (let answered = 1; answered <= 3; answered++) {
      taken[answered - 1]?.request.ok({});
      await until('the next is taken', () => taken.length === MOST + answered);
      expect(connection.unanswered).toBe(SENT - answered);
    }
    for (let answered = 0; answered < SENT; answered = taken.length) {
      await until('more are taken', () => taken.length > answered);
      answerAll(pair);
    }
    expect(taken).toHaveLength(SENT);
  });

  it('do not count as the time for which the gateway keeps those behind them waiting', async () => {
    const pair = await openFull();
    const { taken } = pair;
    const answeredAt = performance.now();
    answerAll(pair);
    await until('the next are taken', () => taken.length === 2 * MOST);
    for (const { times, takenAt } of taken.slice(MOST)) {
      expect(times.at).toBeLessThan(answeredAt);
      expect(times.dueAt).toBeGreaterThanOrEqual(answeredAt);
      expect(times.dueAt).toBeLessThanOrEqual(takenAt);
    }
  });

  it('are not followed by others once their connection is closed', async () => {
    const pair = await openFull();
    const { connection, taken } = pair;
    connection.close('goingAway');
    answerAll(pair);
    await until('nothing waits', () => connection.unanswered === 0);
    expect(taken).toHaveLength(MOST);
  });

  it('are few of each connection where all have many, until others leave room', async () => {
    const first = await openFull();
    await openFull();
    const last = await openFull();
    expect([...pairs.values()].map(({ taken }) => taken.length)).toEqual([
      MOST,
      MANY - MOST,
      LEAST,
    ]);
    first.client.terminate();
    await until('one has gone', () => {
      answerAll(first);
      return first.closes.length > 0;
    });
    last.taken[0]?.request.ok({});
    await until('another one has its room', () => last.taken.length === 1 + MOST);
    expect(last.connection.unanswered).toBe(SENT - 1);
  });

  it('keep what comes behind them from being read', async () => {
    const pair = await open();
    const { connection, taken } = pair;
    const texts = Array.from({ length: 600 }, (_, i) => `${String(i)} `.padEnd(100, '.'));
    const listeners = () => socketOf(connection).listenerCount('close');
    const listenersBefore = listeners();
    // It is in several slices.
    texts[300] = 'long '.padEnd(10_000, '.');
    writeRaw(pair.client, framesOf(texts));
    for (let answered = 0; answered < texts.length; answered = taken.length) {
      await until('more are taken', () => taken.length > answered);
      // Less than a slice of 4 KB, of the 60 KB that have come.
      expect(connection.unanswered).toBeLessThan(MOST + 40);
      answerAll(pair);
    }
    expect(taken.map(({ text }) => text)).toEqual(texts);
    expect(listeners()).toBe(listenersBefore);
  });

  it('do not keep a connection open whose client has gone', async () => {
    const pair = await open();
    writeRaw(pair.client, framesOf(Array.from({ length: 1_000 }, () => '.'.repeat(100))));
    await until('it has what it may have', () => pair.taken.length === MOST);
    pair.client.terminate();
    // An answer that nobody takes tells it so.
    await until('it is closed', () => {
      answerAll(pair);
      return pair.closes.length > 0;
    });
    expect(pair.taken.length).toBeLessThan(1_000);
  });

  it('are none of those behind a frame that is broken', async () => {
    const pair = await open();
    const { taken, errors, closes } = pair;
    const texts = Array.from({ length: 400 }, (_, i) => `${String(i)} `.padEnd(100, '.'));
    const broken = Buffer.of(0xb1, 0x80, 0, 0, 0, 0);
    const frames = [framesOf(texts.slice(0, 200)), broken, framesOf(texts.slice(200))];
    writeRaw(pair.client, Buffer.concat(frames));
    await until('it is closed', () => {
      answerAll(pair);
      return closes.length > 0;
    });
    expect(errors.map(({ message }) => message)).toEqual([
      'Invalid WebSocket frame: RSV2 and RSV3 must be clear',
    ]);
    // Of those that were read with it some may be missing.
    expect(taken.length).toBeGreaterThan(200 - 40);
    expect(taken.length).toBeLessThanOrEqual(200);
    expect(taken.map(({ text }) => text)).toEqual(texts.slice(0, taken.length));
  });
});
