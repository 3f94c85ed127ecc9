import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../testing/free-port';
import { waitFor } from '../../testing/wait-for';
import { TcpProxy } from './tcp-proxy';

/** One end of a connection, and all that came to it. */
class End {
  text = '';
  bytes = 0;
  /** `end`, or the code of the error. */
  readonly ends: string[] = [];

  constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString();
      this.bytes += bytes.length;
    });
    socket.on('end', () => this.ends.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.ends.push(error.code ?? ''));
  }

  async has(text: string): Promise<void> {
    await waitFor(() => this.text === text, { what: `"${text}" arrives` });
  }

  async ended(how: string): Promise<void> {
    await waitFor(() => this.ends.includes(how), { what: how });
  }
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Scene {
  proxy: TcpProxy;
  /** Connections as the server has them, oldest first. */
  servers: End[];
  target: number;
}

async function listen(port: number, servers: End[]): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    servers.push(new End(socket));
    closers.push(() => socket.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return server;
}

async function scene(): Promise<Scene> {
  const target = await freePort();
  const servers: End[] = [];
  await listen(target, servers);
  const proxy = await TcpProxy.start({ port: await freePort(), target });
  closers.push(() => proxy.close());
  return { proxy, servers, target };
}

function open({ proxy }: Scene): End {
  const client = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
  closers.push(() => client.socket.destroy());
  return client;
}

/** A client and its server, which have heard of each other. */
async function pair(around: Scene): Promise<{ client: End; server: End }> {
  const client = open(around);
  const count = around.servers.length;
  await waitFor(() => around.servers.length > count, { what: 'the connection arrives' });
  const server = around.servers[count]!;
  client.socket.write('hello');
  await server.has('hello');
  server.socket.write('welcome');
  await client.has('welcome');
  server.text = '';
  client.text = '';
  return { client, server };
}

describe('a path', () => {
  test('carries bytes and the end both ways, however many', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    const bytes = randomBytes(8 * 1024 * 1024);
    const got: Buffer[] = [];
    server.socket.on('data', (part: Buffer) => got.push(part));
    client.socket.end(bytes);
    await server.ended('end');
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    server.socket.end('thank you');
    await client.ended('end');
    expect(client.text).toBe('thank you');
    await waitFor(() => around.proxy.connections === 0, { what: 'nothing is left of it' });
  });

  test('keeps a fast sender waiting for a reader that does not read', async () => {
    const { client, server } = await pair(await scene());
    server.socket.pause();
    let sent = 0;
    const part = Buffer.alloc(64 * 1024);
    while (sent < 256 * 1024 * 1024 && client.socket.write(part)) sent += part.length;
    // What is buffered on the way does not grow with what is sent.
    await waitFor(() => client.socket.writableLength > 0, { what: 'the sender has to wait' });
    for (let i = 0; i < 200; i++) client.socket.write(part);
    const before = server.bytes;
    await expect(
      waitFor(() => client.socket.writableLength === 0, { what: 'all is taken', timeoutMs: 300 }),
    ).rejects.toThrow('all is taken');
    server.socket.resume();
    await waitFor(() => client.socket.writableLength === 0, { what: 'it goes on' });
    expect(server.bytes).toBeGreaterThan(before);
  });

  test('that is cut resets what is open and refuses what is new, until it is open again', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    await around.proxy.set('refused');
    await client.ended('ECONNRESET');
    await server.ended('ECONNRESET');
    await open(around).ended('ECONNREFUSED');
    await around.proxy.set('open');
    await pair(around);
  });

  test('that hangs carries nothing and tells nobody; then everything arrives, in order', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    await around.proxy.set('hung');
    client.socket.write('one ');
    client.socket.end('two');
    server.socket.write('answer');
    const late = open(around);
    late.socket.write('three');
    await once(late.socket, 'connect');
    // Another path, which is open, shows that there was time enough.
    await pair(await scene());
    expect([server.text, client.text, server.ends, client.ends]).toEqual(['', '', [], []]);
    await around.proxy.set('open');
    await server.has('one two');
    await server.ended('end');
    await client.has('answer');
    await waitFor(() => around.servers.some(({ text }) => text === 'three'), {
      what: 'the connection made meanwhile carries on',
    });
  });

  test('that is deaf carries questions and keeps the answers', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    await around.proxy.set('deaf');
    client.socket.write('commit');
    await server.has('commit');
    server.socket.write('done');
    await pair(await scene());
    expect(client.text).toBe('');
    await around.proxy.set('open');
    await client.has('done');
  });

  test('that is slow takes its time each way, and keeps the order when it is fast again', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    around.proxy.delay(200);
    const began = performance.now();
    client.socket.write('slow ');
    await server.has('slow ');
    expect(performance.now() - began).toBeGreaterThanOrEqual(200);
    server.socket.write('slow answer');
    await client.has('slow answer');
    expect(performance.now() - began).toBeGreaterThanOrEqual(400);
    client.socket.write('held up, ');
    await waitFor(() => client.socket.writableLength === 0, { what: 'it is on its way' });
    around.proxy.delay(0);
    client.socket.write('and not overtaken');
    await server.has('slow held up, and not overtaken');
  });

  test('is reset in the middle of a question: half of it arrives, and both sides know', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    const reset = around.proxy.reset('asked', 10_000);
    client.socket.write('half');
    expect(await reset).toBe(1);
    await server.ended('ECONNRESET');
    await client.ended('ECONNRESET');
    expect(server.text).toBe('ha');
    await pair(around);
  });

  test('is reset in the middle of an answer; the question has arrived whole', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    const reset = around.proxy.reset('answered', 10_000);
    client.socket.write('question');
    await server.has('question');
    server.socket.write('answer');
    expect(await reset).toBe(1);
    await client.ended('ECONNRESET');
    await server.ended('ECONNRESET');
    expect(client.text).toBe('ans');
  });

  test('on which nothing is carried is reset all the same', async () => {
    const around = await scene();
    const { client, server } = await pair(around);
    expect(await around.proxy.reset('asked', 50)).toBe(0);
    await client.ended('ECONNRESET');
    await server.ended('ECONNRESET');
  });

  test('hands on a reset, from either side', async () => {
    const around = await scene();
    const first = await pair(around);
    first.client.socket.resetAndDestroy();
    await first.server.ended('ECONNRESET');
    const second = await pair(around);
    second.server.socket.resetAndDestroy();
    await second.client.ended('ECONNRESET');
    await waitFor(() => around.proxy.connections === 0, { what: 'nothing is left of them' });
  });

  test('to a server that is away is reset, and carries when the server is there', async () => {
    const target = await freePort();
    const servers: End[] = [];
    const proxy = await TcpProxy.start({ port: await freePort(), target });
    closers.push(() => proxy.close());
    const around = { proxy, servers, target };
    await open(around).ended('ECONNRESET');
    await listen(target, servers);
    await pair(around);
  });
});
