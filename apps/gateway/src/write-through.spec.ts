import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from './testing/until';
import { WriteThrough } from './write-through';

/** More than the kernel keeps for a peer that does not read. */
const CHUNKS = 400;
const CHUNK_BYTES = 50_000;

let server: Server;
let writer: Socket;
let network: WriteThrough;
let reader: Socket;

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  [writer] = (await once(server, 'connection')) as [Socket];
  for (const socket of [reader, writer]) socket.on('error', () => undefined);
  network = new WriteThrough(writer);
});
afterEach(async () => {
  reader.destroy();
  writer.destroy();
  server.close();
  await once(server, 'close');
});

/** Everything that has come, as long as somebody asks. */
function collect(): () => Buffer {
  const chunks: Buffer[] = [];
  reader.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

it('is sent before anything else is done, and leaves nothing in the stream', async () => {
  const received = collect();
  network.write(Buffer.from('at once'));
  expect(writer.writableLength).toBe(0);
  expect(writer.bytesWritten).toBe(0);
  await until('it came', () => received().toString() === 'at once');
});

it('keeps the order of what the network takes, what it does not take now, and what the stream is given', async () => {
  const expected: Buffer[] = [];
  let mostWaiting = 0;
  for (let n = 0; n < CHUNKS; n++) {
    const chunk = Buffer.alloc(CHUNK_BYTES, n % 251);
    expected.push(chunk);
    if (n % 3 === 2) writer.write(chunk);
    else network.write(chunk);
    mostWaiting = Math.max(mostWaiting, writer.writableLength);
  }
  expect(mostWaiting).toBeGreaterThan(CHUNK_BYTES);
  const received = collect();
  await until('the stream is empty', () => writer.writableLength === 0);
  const last = Buffer.from('the last');
  network.write(last);
  writer.end();
  await once(reader, 'end');
  expect(received().equals(Buffer.concat([...expected, last]))).toBe(true);
});

it('leaves a socket whose peer is gone to the stream, which ends it', async () => {
  reader.resetAndDestroy();
  await until('it is over', () => {
    network.write(Buffer.from('nobody reads this'));
    return writer.closed;
  });
  expect(writer.errored).not.toBeNull();
  network.write(Buffer.from('nor this'));
});
