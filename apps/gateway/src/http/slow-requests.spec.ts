import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { SocketBed } from '../socket/testing/socket-bed';

const HEADER_MS = 1_000;
const REQUEST_MS = 2_000;
/** A machine that has other things to do. */
const SLACK_MS = 10_000;
const TEXT: unknown = expect.any(String);

let bed: SocketBed;
const sockets: Socket[] = [];
beforeAll(async () => {
  bed = await SocketBed.start({ HEADER_SECONDS: '1', REQUEST_SECONDS: '2', BODY_BYTES: '4096' });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => bed.close());

function dial(): Socket {
  const socket = connect(bed.port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** What the gateway says until it ends the connection, and how long that takes. */
async function untilEnded(socket: Socket): Promise<{ answer: string; tookMs: number }> {
  const startedAt = performance.now();
  let answer = '';
  socket.on('data', (part: Buffer) => (answer += part.toString()));
  await once(socket, 'close');
  return { answer, tookMs: performance.now() - startedAt };
}

/** Writes a byte at a time until the other side has had enough. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const byte of text) {
    if (socket.destroyed || !socket.writable) return;
    socket.write(byte);
    await delay(100);
  }
}

function expectTimedOut(answer: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 408 /);
  expect(JSON.parse(body)).toMatchObject({ code: 'bad_frame', message: TEXT });
}

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

describe('a client that takes its time', () => {
  it.each([
    ['says nothing', ''],
    ['says a header a byte at a time', 'GET /api/rooms HTTP/1.1\r\nHost: somewhere.example\r\n'],
    ['upgrades a byte at a time', UPGRADE],
    ['upgrades to /app a byte at a time', UPGRADE.replace('/ws', '/app/app-key')],
  ])('and %s is answered 408, and gone', async (_, text) => {
    const before = await bed.limited('request_time');
    const socket = dial();
    const ended = untilEnded(socket);
    await Promise.all([ended, drip(socket, text)]);
    const { answer, tookMs } = await ended;
    expectTimedOut(answer);
    expect(tookMs).toBeGreaterThan(HEADER_MS - 100);
    expect(tookMs).toBeLessThan(2 * HEADER_MS + SLACK_MS);
    expect((await bed.limited('request_time')) - before).toBe(1);
  });

  it.each(['/api/sessions/guest', '/apps/app-id/events', '/pusher/app/app-key/1/a/xhr_send'])(
    'with its body for %s is answered, and gone',
    async (path) => {
      const socket = dial();
      const ended = untilEnded(socket);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
      );
      await Promise.all([ended, drip(socket, '{"name":"'.padEnd(200, 'x'))]);
      const { answer, tookMs } = await ended;
      expect(answer).toMatch(/^HTTP\/1\.1 40[0148] /);
      expect(tookMs).toBeLessThan(2 * REQUEST_MS + SLACK_MS);
      expect(bed.pusher.complaints).toEqual([]);
    },
  );

  it('holds up nobody else', async () => {
    const slow = Array.from({ length: 200 }, () => dial());
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    const ended = slow.map((socket) => untilEnded(socket));
    for (const socket of slow) socket.write('GET / HTTP/1.1\r\n');
    const client = await bed.open();
    expect(await client.ask('ping')).toMatchObject({ event: 'ok' });
    client.drop();
    for (const { answer } of await Promise.all(ended)) expectTimedOut(answer);
  });
});

describe('G10: what is no request', () => {
  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400, 'bad_frame'],
    ['a header without an end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`, 431, 'too_long'],
  ])('as %s, is answered with a code', async (_, text, status, code) => {
    const socket = dial();
    const ended = untilEnded(socket);
    socket.write(text);
    const [head = '', body = ''] = (await ended).answer.split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${String(status)} `);
    expect(JSON.parse(body)).toMatchObject({ code });
    expect(bed.pusher.complaints).toEqual([]);
  });
});

describe('a body that is too large', () => {
  const post = (body: Buffer | string, headers: Record<string, string> = {}) =>
    fetch(`http://${bed.host}/api/sessions/guest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  it('is answered 413, at the size that is set', async () => {
    const sized = (bytes: number) => JSON.stringify({ name: 'x'.repeat(bytes) });
    const reply = await post(sized(4_096));
    expect([reply.status, await reply.json()]).toEqual([413, { code: 'too_long', message: TEXT }]);
    // As large as may be, and then wrong for what it says.
    expect((await post(sized(4_000))).status).toBe(400);
  });

  it('is one that is small while it is packed', async () => {
    const bomb = gzipSync(Buffer.alloc(3 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(4_096);
    const reply = await post(bomb, { 'content-encoding': 'gzip' });
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([
      413,
      'too_long',
    ]);
  });

  it('is one that does not say how large it is', async () => {
    const socket = dial();
    const ended = untilEnded(socket);
    socket.write(
      'POST /api/sessions/guest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    for (let i = 0; i < 8; i++) socket.write(`400\r\n${' '.repeat(1_024)}\r\n`);
    socket.write('0\r\n\r\n');
    expect((await ended).answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});
