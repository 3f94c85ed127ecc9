import { randomBytes } from 'node:crypto';

export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A frame of a client with at most 125 bytes of payload: masked, as RFC 6455 wants it (5.3). */
export function clientFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error('a client frame takes at most 125 bytes here');
  const key = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ (key[i & 3] ?? 0));
  return Buffer.concat([Buffer.of(0x80 | opcode, 0x80 | payload.length), key, masked]);
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

/** `header` is complete. */
function payloadBytes(header: Buffer): number {
  const short = header.readUInt8(1) & 0x7f;
  if (short === 126) return header.readUInt16BE(2);
  return short === 127 ? Number(header.readBigUInt64BE(2)) : short;
}

export interface ServerFrame {
  opcode: number;
  payload: Buffer;
}

/** Frames of a server, whole, however the network cuts them. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** What has come and is no whole frame yet. */
  get rest(): Buffer {
    return this.#rest;
  }

  push(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  next(): ServerFrame | null {
    const { length } = this.#rest;
    if (length < 2 || length < headerBytes(this.#rest.readUInt8(1))) return null;
    const from = headerBytes(this.#rest.readUInt8(1));
    const to = from + payloadBytes(this.#rest);
    if (length < to) return null;
    const frame = {
      opcode: this.#rest.readUInt8(0) & 0x0f,
      payload: this.#rest.subarray(from, to),
    };
    this.#rest = this.#rest.subarray(to);
    return frame;
  }
}

/** Looks at the headers of a server's frames alone, and keeps nothing of what is in them. */
export class FrameCounter {
  readonly #header = Buffer.alloc(10);
  #headerHas = 0;
  #payloadLeft = 0;

  constructor(private readonly onFrame: (opcode: number, payloadBytes: number) => void) {}

  /** The first `length` of `bytes` are the next that came. */
  read(bytes: Uint8Array, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerHas++] = bytes[at++] ?? 0;
      if (this.#headerHas < 2 || this.#headerHas < headerBytes(this.#header[1] ?? 0)) continue;
      this.#headerHas = 0;
      this.#payloadLeft = payloadBytes(this.#header);
      this.onFrame((this.#header[0] ?? 0) & 0x0f, this.#payloadLeft);
    }
  }
}
