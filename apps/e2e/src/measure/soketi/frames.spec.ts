import fc from 'fast-check';
import { FrameCounter, FrameReader } from './frames';
import { DELIVERY_BYTES, eventAt, timeIn } from './wire';

/** A frame as a server sends it (RFC 6455, 5.2): unmasked, with the shortest form of its length. */
function serverFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(0x80 | opcode, length), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** Cuts the bytes at these places, as a network may. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

const frames = fc.array(
  fc.tuple(fc.constantFrom(1, 8, 9, 10), fc.constantFrom(0, 1, 125, 126, 300, 65_535, 65_536)),
  { maxLength: 8 },
);
const places = fc.array(fc.nat(), { maxLength: 30 });

describe('frames', () => {
  it('are counted and read the same, however the network cuts them', () => {
    fc.assert(
      fc.property(frames, places, (sent, cuts) => {
        const all = Buffer.concat(
          sent.map(([opcode, length]) => serverFrame(opcode, Buffer.alloc(length, 0x81))),
        );
        const counted: [number, number][] = [];
        const read: [number, number][] = [];
        const counter = new FrameCounter((opcode, length) => counted.push([opcode, length]));
        const reader = new FrameReader();
        for (const part of cut(all, cuts)) {
          counter.read(Buffer.concat([part, Buffer.alloc(3)]), part.length);
          reader.push(part);
          for (let frame = reader.next(); frame; frame = reader.next())
            read.push([frame.opcode, frame.payload.length]);
        }
        expect(counted).toEqual(sent);
        expect(read).toEqual(sent);
        expect(reader.rest).toHaveLength(0);
      }),
    );
  });
});

describe('an event', () => {
  it.each([0, 1.5, 123_456.789])('is as long at %d as at any time, and tells it', (ms) => {
    const { name, channel, data } = eventAt(ms);
    const delivery = JSON.stringify({ event: name, channel, data });
    expect(delivery).toHaveLength(DELIVERY_BYTES);
    expect(timeIn(delivery)).toBeCloseTo(ms);
  });
});
