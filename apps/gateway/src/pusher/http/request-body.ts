import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { API_ERRORS } from './api-error';

/** The client has gone before it had sent everything: there is nobody to answer. */
export class RequestAborted extends Error {
  override readonly name = 'RequestAborted';
}

/**
 * Reads the body. What is left of one that is too large is read and thrown away, so that the client hears the answer.
 *
 * @throws {ApiError} 413 @throws {RequestAborted}
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLarge = () => {
      request.removeAllListeners('data');
      request.resume();
      reject(API_ERRORS.bodyTooLarge());
    };
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      tooLarge();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) tooLarge();
      else chunks.push(chunk);
    });
    request.once('end', () => {
      const [only] = chunks;
      resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks, bytes));
    });
    request.once('error', () => {
      reject(new RequestAborted());
    });
  });
}

/** Whether the body is the one that was signed. @throws {ApiError} 401 */
export function checkBody(body: Buffer, md5: string | undefined): void {
  if (body.length === 0 && md5 === undefined) return;
  if (createHash('md5').update(body).digest('hex') !== md5?.toLowerCase()) {
    throw API_ERRORS.unauthenticated();
  }
}
