import type { WebSocket } from 'ws';

/** A frame of a client that begins with this byte (RFC 6455, 5.2), masked with zeros. Its payload has up to 65,535 bytes. */
export function maskedFrame(firstByte: number, payload: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(payload.length);
  return Buffer.concat([Buffer.of(firstByte, 0xfe), size, Buffer.alloc(4), payload]);
}

/** Past `ws`, which would frame it, and pack it first. */
export function writeRaw(ws: WebSocket, bytes: Buffer): void {
  (ws as unknown as { _socket: NodeJS.WritableStream })._socket.write(bytes);
}
