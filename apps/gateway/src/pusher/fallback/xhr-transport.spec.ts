import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createConnection, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Frame } from '../../fanout/frame';
import { FrameBatch } from '../../fanout/frame-batch';
import { until } from '../../testing/until';
import { Receiver } from './receiver';
import { openFrame } from './sockjs-frames';
import { XhrTransport } from './xhr-transport';

const KB = 1024;
const SECOND = 1_000;

/** Requests that wait to be answered, on real sockets. */
const waiting: ServerResponse[] = [];
const server = createServer((request, response) => {
  request.resume();
  waiting.push(response);
});
const sockets: Socket[] = [];
let ended: number[];
let over: number;
let transport: XhrTransport;
/** Not later than anything that happens to it. */
let madeAt: number;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  ended = [];
  over = 0;
  madeAt = performance.now();
  transport = new XhrTransport({
    greeting: openFrame(null),
    onEnded: (code) => ended.push(code),
    onOver: () => over++,
  });
});
afterEach(() => {
  transport.terminate();
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A client's request, and what has come of its answer. */
interface Asked {
  readonly socket: Socket;
  /** The frames so far, without the prelude. */
  frames: () => string[];
  hasEnded: () => boolean;
  receiver: Receiver;
}

async function ask(kind: 'xhr' | 'xhr_streaming', { reads = true } = {}): Promise<Asked> {
  const { port } = server.address() as AddressInfo;
  const socket = createConnection({ port, host: '127.0.0.1' });
  sockets.push(socket);
  // HTTP/1.0: the answer comes without chunks, and the end of the connection is its end.
  socket.write('POST / HTTP/1.0\r\n\r\n');
  let text = '';
  let hasEnded = false;
  if (reads) {
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (text += part));
  }
  socket.on('end', () => (hasEnded = true));
  socket.on('error', () => undefined);
  const before = waiting.length;
  await until('the request is there', () => waiting.length > before);
  const receiver = new Receiver(waiting.at(-1)!, kind);
  return {
    socket,
    receiver,
    frames: () => {
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      return body.split('\n').filter((it) => it !== '' && !it.startsWith('hh'));
    },
    hasEnded: () => hasEnded,
  };
}

async function attach(kind: 'xhr' | 'xhr_streaming', options?: { reads: boolean }): Promise<Asked> {
  const asked = await ask(kind, options);
  expect(transport.attach(asked.receiver)).toBe(true);
  return asked;
}

/** The answer to one poll. */
async function poll(): Promise<string[]> {
  const asked = await attach('xhr');
  await until('the poll is answered', asked.hasEnded);
  return asked.frames();
}

async function untilFrames({ frames }: Asked, expected: string[]): Promise<void> {
  await until('the frames are there', () => frames().length >= expected.length);
  expect(frames()).toEqual(expected);
}

describe('a client that polls', () => {
  it('gets one frame with each request, with all that has come meanwhile', async () => {
    expect(await poll()).toEqual(['o']);
    transport.writeText('{"a":1}');
    transport.write(new FrameBatch([new Frame('two'), new Frame('line\nbreak')]));
    expect(await poll()).toEqual(['a["{\\"a\\":1}","two","line\\nbreak"]']);
    const asked = await attach('xhr');
    transport.writeText('at once');
    await until('the poll is answered', asked.hasEnded);
    expect(asked.frames()).toEqual(['a["at once"]']);
  });

  it('learns of a close behind everything that was written', async () => {
    await poll();
    transport.writeText('last');
    transport.close(4200, 'bye');
    expect(transport.isOpen).toBe(false);
    expect(ended).toEqual([4200]);
    transport.writeText('never');
    expect(over).toBe(0);
    expect(await poll()).toEqual(['a["last"]']);
    expect(await poll()).toEqual(['c[4200,"bye"]']);
    expect(over).toBe(1);
    expect(ended).toEqual([4200]);
  });

  it('has ended 10 s after it has asked last', async () => {
    // It asks last between these two moments.
    const before = performance.now();
    await poll();
    await delay(20);
    const after = performance.now();
    transport.check(before + 9 * SECOND);
    expect(ended).toEqual([]);
    transport.check(after + 11 * SECOND);
    expect(ended).toEqual([1006]);
    expect(over).toBe(1);
  });

  it('is told that the server is there while it waits', async () => {
    await poll();
    const asked = await attach('xhr');
    transport.check(madeAt + 24 * SECOND);
    await delay(20);
    expect(asked.frames()).toEqual([]);
    transport.check(performance.now() + 26 * SECOND);
    await untilFrames(asked, ['h']);
    // Its next request is the answer.
    transport.check(performance.now() + SECOND);
    expect(ended).toEqual([]);
    const next = await attach('xhr');
    transport.answer();
    await untilFrames(next, ['a[]']);
  });
});

describe('a client that streams', () => {
  it('gets every frame at once, in one response', async () => {
    const asked = await attach('xhr_streaming');
    await untilFrames(asked, ['o']);
    transport.writeText('one');
    await untilFrames(asked, ['o', 'a["one"]']);
    transport.write(new Frame('two'));
    transport.close(4001, 'no such app');
    await untilFrames(asked, ['o', 'a["one"]', 'a["two"]', 'c[4001,"no such app"]']);
    await until('the response has ended', asked.hasEnded);
    expect([ended, over]).toEqual([[4001], 1]);
  });

  it('loses nothing when a response is full: as many characters as pusher-js reads of one', async () => {
    const first = await attach('xhr_streaming');
    // Two bytes of UTF-8 each, one unit of a browser's text.
    const big = 'ж'.repeat(100 * KB);
    transport.writeText(big);
    transport.writeText(big);
    await until('two fit', () => first.frames().length === 3);
    expect(first.hasEnded()).toBe(false);
    transport.writeText(`${big}3`);
    transport.writeText('4');
    await until('the third has filled it', first.hasEnded);
    expect(first.frames()).toHaveLength(4);
    expect(ended).toEqual([]);
    transport.check(madeAt + 9 * SECOND);
    const second = await attach('xhr_streaming');
    await untilFrames(second, ['a["4"]']);
  });

  it('is gone when it leaves a response', async () => {
    const asked = await attach('xhr_streaming');
    asked.socket.destroy();
    await until('it is gone', () => ended.length > 0);
    expect([ended, over]).toEqual([[1006], 1]);
    transport.writeText('to nobody');
    transport.close(4200, 'late');
    transport.terminate();
    expect([ended, over]).toEqual([[1006], 1]);
  });

  it('is closed when it answers no heartbeat: what it sends goes elsewhere', async () => {
    const asked = await attach('xhr_streaming');
    transport.check(performance.now() + 26 * SECOND);
    await untilFrames(asked, ['o', 'h']);
    transport.noteAnswer();
    transport.check(performance.now() + 21 * SECOND);
    expect(ended).toEqual([]);
    const beforePing = performance.now();
    transport.ping();
    transport.check(beforePing + 19 * SECOND);
    expect(ended).toEqual([]);
    transport.check(performance.now() + 21 * SECOND);
    await until('it is told', asked.hasEnded);
    expect(asked.frames().at(-1)).toBe('c[4201,"Pong reply not received"]');
    expect(ended).toEqual([4201]);
  });
});

describe('G6: a client costs at most 1 MiB', () => {
  const message = 'x'.repeat(200 * KB);

  it('where it does not read its response', async () => {
    await attach('xhr_streaming', { reads: false });
    // The network takes some of it.
    for (let i = 0; i < 200 && transport.isOpen; i++) {
      transport.writeText(message);
      await delay(1);
    }
    expect([ended, over]).toEqual([[4100], 1]);
  });

  it('where it does not ask', async () => {
    await poll();
    for (let i = 0; i < 5; i++) transport.writeText(message);
    expect(transport.backlogBytes).toBeGreaterThan(5 * 200 * KB);
    expect(ended).toEqual([]);
    transport.writeText(message);
    expect([ended, over, transport.backlogBytes]).toEqual([[4100], 1, 0]);
  });
});

test('a session has one request at a time', async () => {
  const first = await attach('xhr_streaming');
  const second = await ask('xhr_streaming');
  expect(transport.attach(second.receiver)).toBe(false);
  transport.writeText('to the first');
  await untilFrames(first, ['o', 'a["to the first"]']);
});

test('names the host of this gateway where it has one', async () => {
  const pinned = new XhrTransport({
    greeting: openFrame('gw-1.example.org'),
    onEnded: () => undefined,
    onOver: () => undefined,
  });
  const asked = await ask('xhr');
  pinned.attach(asked.receiver);
  await untilFrames(asked, ['o{"hostname":"gw-1.example.org"}']);
  pinned.terminate();
});
