import { CLOSE_CODES, LIMITS } from '@hubbub/protocol';
import { constants, deflateRawSync } from 'node:zlib';
import { maskedFrame, writeRaw } from './testing/raw-frames';
import { SocketBed } from './testing/socket-bed';

/** 15 MiB of nothing: less than a frame may have while it is packed, a thousand times as much when it is not. */
const BOMB = Buffer.alloc(15 * 1024 * 1024, ' ');
const PIECE = Buffer.alloc(LIMITS.frameBytes / 4, ' ');
const DEFLATED = { perMessageDeflate: { threshold: 0 } };

let bed: SocketBed;
beforeAll(async () => {
  bed = await SocketBed.start();
});
afterAll(() => bed.close());

/** A text frame with this payload that says it is compressed (RSV1). */
const compressedFrame = (payload: Buffer): Buffer => maskedFrame(0xc1, payload);

it('is what a small frame is, which closes 1009 before it is unpacked', async () => {
  // Without the end of a flush, which RFC 7692 (7.2.1) leaves out.
  const packed = deflateRawSync(BOMB, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  expect(packed.length).toBeLessThan(LIMITS.frameBytes);
  const clients = await Promise.all(Array.from({ length: 20 }, () => bed.open(DEFLATED)));
  expect(clients[0]?.ws.extensions).toContain('permessage-deflate');
  const before = process.memoryUsage().rss;
  for (const client of clients) writeRaw(client.ws, compressedFrame(packed));
  for (const client of clients) {
    expect((await client.end()).code).toBe(CLOSE_CODES.tooLarge.code);
  }
  // Unpacked it would be 300 MiB.
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
});

it('is also one frame in many small parts, without an end', async () => {
  for (const options of [DEFLATED, {}]) {
    const client = await bed.open(options);
    let sent = 0;
    await new Promise<void>((resolve) => {
      client.ws.once('close', resolve);
      const next = () => {
        sent++;
        client.ws.send(PIECE, { fin: false, binary: false }, (error) => {
          if (!error) setImmediate(next);
        });
      };
      next();
    });
    expect((await client.end()).code).toBe(CLOSE_CODES.tooLarge.code);
    expect(sent).toBeGreaterThanOrEqual(4);
  }
});

it('a frame in parts without a byte in them closes 1008, for they are nowhere counted', async () => {
  const client = await bed.open({ from: '203.0.113.1' });
  let sent = 0;
  while (!client.closed) {
    for (let i = 0; i < 50; i++, sent++) client.ws.send('', { fin: false });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(client.closed.code).toBe(1008);
  // The client hears of it a moment later; `ws` by itself takes 16,384.
  expect(sent).toBeLessThan(10_000);
});

it('is not a frame that unpacks to what is allowed', async () => {
  const client = await bed.open(DEFLATED);
  expect(await client.ask('ping', { pad: ' '.repeat(LIMITS.frameBytes - 200) })).toMatchObject({
    event: 'ok',
  });
  client.drop();
});

it('G10: what is packed badly ends its connection, and no other', async () => {
  const other = await bed.open();
  const client = await bed.open(DEFLATED);
  writeRaw(client.ws, compressedFrame(Buffer.alloc(200, 0xff)));
  expect((await client.end()).code).toBeGreaterThanOrEqual(1002);
  expect(await other.ask('ping')).toMatchObject({ event: 'ok' });
});

it('G10: is done no more for what waited behind a broken frame', async () => {
  const client = await bed.open(DEFLATED);
  const other = await bed.open(DEFLATED);
  const packed = deflateRawSync(PIECE, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  // No UTF-8.
  const broken = Buffer.concat([
    Buffer.from([0x81, 0xc0]),
    Buffer.alloc(4, 1),
    Buffer.alloc(64, 0xff),
  ]);
  // Each of them comes by itself, while the frames of the first are unpacked.
  writeRaw(client.ws, Buffer.concat(Array.from({ length: 15 }, () => compressedFrame(packed))));
  for (const waiting of [broken, Buffer.alloc(200, 2), Buffer.alloc(200, 3)]) {
    await new Promise((resolve) => setImmediate(resolve));
    writeRaw(client.ws, waiting);
  }
  expect((await client.end()).code).toBe(1007);
  expect(other.ws.readyState).toBe(other.ws.OPEN);
});
