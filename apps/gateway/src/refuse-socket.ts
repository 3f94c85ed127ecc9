import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { retryAfterSeconds } from './refusal';
import { SECURITY_HEADERS } from './security-headers';

/**
 * Answers, past what HTTP would write, a request for a WebSocket that gets none, or one that is none. The socket ends with the
 * answer: who does not close it for their part cannot hold it.
 */
export function refuseSocket(
  socket: Duplex,
  status: number,
  body: { code: string; message: string; retryAfterMs?: number | undefined },
): void {
  const text = JSON.stringify(body);
  const { retryAfterMs } = body;
  const head = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? 'Error'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${String(Buffer.byteLength(text))}`,
    ...(retryAfterMs === undefined
      ? []
      : [`Retry-After: ${String(retryAfterSeconds(retryAfterMs))}`]),
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
