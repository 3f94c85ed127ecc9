import fc from 'fast-check';
import { ClientFrames, FrameCounter, FrameReader, TEXT } from './frames';

/** A frame as a server sends it (RFC 6455, 5.2): unmasked, with the shortest form of its length. */
function serverFrame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(first, length), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
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

/** The texts of masked frames, one behind the other. */
function unmask(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x80 | TEXT);
    const short = bytes.readUInt8(at + 1) - 0x80;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const keyAt = at + (short === 126 ? 4 : 2);
    const payload = bytes.subarray(keyAt + 4, keyAt + 4 + length);
    texts.push(Buffer.from(payload.map((byte, i) => byte ^ bytes[keyAt + (i & 3)]!)).toString());
    at = keyAt + 4 + length;
  }
  return texts;
}

const frames = fc.array(
  fc.tuple(
    fc.constantFrom(0x81, 0xc1, 0x88, 0x89, 0x8a),
    fc.constantFrom(0, 1, 125, 126, 300, 65_535, 65_536),
  ),
  { maxLength: 8 },
);
const places = fc.array(fc.nat(), { maxLength: 30 });

describe("a server's frames", () => {
  it('are counted and read the same, however the network cuts them', () => {
    fc.assert(
      fc.property(frames, places, (sent, cuts) => {
        const payloads = sent.map(([, length], i) => Buffer.alloc(length, i + 1));
        const all = Buffer.concat(sent.map(([first], i) => serverFrame(first, payloads[i]!)));
        const counted: [number, number][] = [];
        const read: Buffer[] = [];
        const firsts: number[] = [];
        const counter = new FrameCounter((first, length) => counted.push([first, length]));
        const reader = new FrameReader();
        for (const part of cut(all, cuts)) {
          // The buffer is the next socket's as soon as it was read.
          const shared = Buffer.from(part);
          counter.read(shared);
          reader.read(shared, (first, payload) => {
            firsts.push(first);
            read.push(Buffer.from(payload));
            return true;
          });
          shared.fill(0xff);
        }
        expect(counted).toEqual(sent);
        expect(firsts).toEqual(sent.map(([first]) => first));
        expect(read.map(({ length }) => length)).toEqual(payloads.map(({ length }) => length));
        expect(Buffer.concat(read).equals(Buffer.concat(payloads))).toBe(true);
        expect(reader.takeRest()).toHaveLength(0);
      }),
    );
  });

  it('may be read up to one of them and counted from the next', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (sent, after) => {
        const all = Buffer.concat(sent.map(([first, n]) => serverFrame(first, Buffer.alloc(n))));
        const reader = new FrameReader();
        let [read, counted] = [0, 0];
        const counter = new FrameCounter(() => counted++);
        reader.read(all, () => read++ < after);
        counter.read(reader.takeRest());
        expect(read + counted).toBe(sent.length);
        expect(read).toBe(Math.min(after + 1, sent.length));
      }),
    );
  });
});

describe("a client's frames", () => {
  it('have what was added, masked, one behind the other', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom('', 'x'.repeat(125), 'x'.repeat(126), 'é'.repeat(32_767)),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
        const added = new ClientFrames();
        for (const one of texts) added.add(TEXT, one);
        expect(unmask(added.take()!)).toEqual(texts.map((one) => Buffer.from(one).toString()));
        expect(added.take()).toBeNull();
      }),
    );
  });
});
