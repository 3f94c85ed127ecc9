import { inflateRawSync } from 'node:zlib';
import { Frame } from './frame';

/** Reads a server's text frame (RFC 6455, 5.2). */
function readFrame(bytes: Buffer): { isCompressed: boolean; payload: Buffer } {
  const length = (bytes[1] ?? 0) & 0x7f;
  const offset = length === 126 ? 4 : length === 127 ? 10 : 2;
  expect((bytes[0] ?? 0) & 0x8f).toBe(0x81);
  return { isCompressed: ((bytes[0] ?? 0) & 0x40) !== 0, payload: bytes.subarray(offset) };
}

describe('frame', () => {
  it.each([5, 125, 126, 600, 65_535, 65_536, 200_000])('carries %i bytes', (size) => {
    const text = 'x'.repeat(size);
    const frame = new Frame(text);
    expect(readFrame(frame.plain).payload.toString()).toBe(text);
    const { isCompressed, payload } = readFrame(frame.deflated);
    if (!isCompressed) expect(payload.toString()).toBe(text);
    else {
      const whole = Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]);
      expect(inflateRawSync(whole, { finishFlush: 2 }).toString()).toBe(text);
    }
  });

  it('compresses once, and only what is worth it', () => {
    const large = new Frame('弹幕 '.repeat(1_000));
    expect(large.deflated).toBe(large.deflated);
    expect(large.deflated.length).toBeLessThan(large.plain.length / 10);
    const small = new Frame('{}');
    expect(small.deflated).toBe(small.plain);
  });
});
