import { randomInt } from 'node:crypto';

export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** In a frame's first byte: its payload is compressed (RFC 7692). */
export const RSV1 = 0x40;

/** No byte of it is 0: some servers skip the unmasking where the key is. */
const MASK = [randomInt(1, 256), randomInt(1, 256), randomInt(1, 256), randomInt(1, 256)] as const;
const MAX_HEADER_BYTES = 14;

/** Frames of a client (RFC 6455, 5.3: masked), one behind the other for one write. */
export class ClientFrames {
  #bytes: Buffer | null = null;
  #length = 0;

  add(opcode: number, text: string): void {
    const bytes = this.#room(MAX_HEADER_BYTES + text.length * 3);
    const payloadBytes = Buffer.byteLength(text);
    if (payloadBytes > 65_535) throw new Error('a client frame takes at most 65,535 bytes here');
    let at = this.#length;
    bytes[at++] = 0x80 | opcode;
    if (payloadBytes < 126) {
      bytes[at++] = 0x80 | payloadBytes;
    } else {
      bytes[at++] = 0x80 | 126;
      at = bytes.writeUInt16BE(payloadBytes, at);
    }
    for (const byte of MASK) bytes[at++] = byte;
    bytes.write(text, at);
    for (let i = 0; i < payloadBytes; i++) {
      bytes[at + i] = (bytes[at + i] ?? 0) ^ (MASK[i & 3] ?? 0);
    }
    this.#length = at + payloadBytes;
  }

  /** What was added since this was last asked; null where nothing was. */
  take(): Buffer | null {
    const taken = this.#bytes?.subarray(0, this.#length) ?? null;
    this.#bytes = null;
    this.#length = 0;
    return taken;
  }

  #room(more: number): Buffer {
    const needed = this.#length + more;
    if (this.#bytes && this.#bytes.length >= needed) return this.#bytes;
    const larger = Buffer.allocUnsafe(Math.max(needed * 2, 1_024));
    this.#bytes?.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    return larger;
  }
}

/** Bytes of a server frame before its payload, by its second byte (RFC 6455, 5.2: a server does not mask). */
function headerBytes(second: number): number {
  switch (second & 0x7f) {
    case 126:
      return 4;
    case 127:
      return 10;
    default:
      return 2;
  }
}

/** `bytes` has the whole header from `at` on. */
function payloadBytes(bytes: Buffer, at: number): number {
  const short = bytes.readUInt8(at + 1) & 0x7f;
  if (short === 126) return bytes.readUInt16BE(at + 2);
  return short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
}

/** Given a frame's first byte and its payload, which is another frame's as soon as this returns; false to hear of no more now. */
type OnFrame = (first: number, payload: Buffer) => boolean;

const NOTHING = Buffer.alloc(0);

/** Frames of a server, whole, however the network cuts them. Only what is cut is copied. */
export class FrameReader {
  #rest: Buffer = NOTHING;

  /** What has come and was not told yet. */
  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest;
  }

  read(chunk: Buffer, onFrame: OnFrame): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 2) {
      const from = at + headerBytes(bytes.readUInt8(at + 1));
      if (bytes.length < from) break;
      const to = from + payloadBytes(bytes, at);
      if (bytes.length < to) break;
      const first = bytes.readUInt8(at);
      at = to;
      if (!onFrame(first, bytes.subarray(from, to))) break;
    }
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  }
}

/** Looks at the headers of a server's frames alone, and keeps nothing of what is in them. */
export class FrameCounter {
  readonly #header = Buffer.alloc(10);
  #headerHas = 0;
  #payloadLeft = 0;

  /** Told of a frame as soon as its header is there. */
  constructor(private readonly onFrame: (first: number, payloadBytes: number) => void) {}

  read(chunk: Buffer): void {
    const { length } = chunk;
    let at = 0;
    while (at < length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerHas++] = chunk[at++] ?? 0;
      if (this.#headerHas < 2 || this.#headerHas < headerBytes(this.#header[1] ?? 0)) continue;
      this.#headerHas = 0;
      this.#payloadLeft = payloadBytes(this.#header, 0);
      this.onFrame(this.#header[0] ?? 0, this.#payloadLeft);
    }
  }
}
