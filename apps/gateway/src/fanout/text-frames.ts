const FIN = 0x80;
const RSV1 = 0x40;
const TEXT = 1;

/** Bytes of a server's frame before a payload of this many. */
const headerBytes = (payloadBytes: number) =>
  payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10;

/** Writes the header of a text frame (RFC 6455, 5.2; a server does not mask). Returns where the payload begins. */
function writeHeader(to: Buffer, at: number, payloadBytes: number, isCompressed: boolean): number {
  to[at] = FIN | TEXT | (isCompressed ? RSV1 : 0);
  if (payloadBytes < 126) {
    to[at + 1] = payloadBytes;
    return at + 2;
  }
  if (payloadBytes < 65_536) {
    to[at + 1] = 126;
    return to.writeUInt16BE(payloadBytes, at + 2);
  }
  to[at + 1] = 127;
  return to.writeBigUInt64BE(BigInt(payloadBytes), at + 2);
}

/** The texts as frames, one behind the other, in one buffer: one copy of each, and one write. */
export function textFrames(texts: readonly string[]): Buffer {
  let bytes = 0;
  const lengths: number[] = [];
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    lengths.push(length);
    bytes += headerBytes(length) + length;
  }
  const frames = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let i = 0; i < texts.length; i++) {
    at = writeHeader(frames, at, lengths[i] ?? 0, false);
    at += frames.write(texts[i] ?? '', at);
  }
  return frames;
}

/** A text frame of a payload that is compressed already (RFC 7692). */
export function compressedFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes(payload.length) + payload.length);
  payload.copy(frame, writeHeader(frame, 0, payload.length, true));
  return frame;
}
