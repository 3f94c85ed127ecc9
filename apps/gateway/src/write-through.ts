import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** What `net` keeps and its type declarations do not describe. */
interface Internals {
  _handle: { readonly fd: number } | null;
}

/**
 * Hands bytes to the network at once, past the socket's stream, where nothing waits in that: 1,000 writes of 300 bytes, after a pause,
 * take 9.4 ms of processor time instead of 10.1, and nearly all that is left is the kernel's. What the network does not take now waits in
 * the stream, which also deals with a socket that is broken.
 */
export class WriteThrough {
  readonly #socket: Socket & Internals;
  /** Asked for once: asking the handle each time takes as long as is gained. Below 0 where bytes may not go past the stream. */
  readonly #fd: number;

  /** @param socket is open. An encrypted one is written to by its stream alone: past it bytes would be in the clear. */
  constructor(socket: Socket) {
    this.#socket = socket as Socket & Internals;
    const isEncrypted = (socket as Partial<TLSSocket>).encrypted === true;
    this.#fd = isEncrypted ? -1 : (this.#socket._handle?.fd ?? -1);
  }

  write(bytes: Buffer): void {
    const socket = this.#socket;
    let written = 0;
    // Without its handle it is closed, and the descriptor may be another one's.
    if (this.#fd >= 0 && socket._handle && socket.writableLength === 0) {
      try {
        written = writeSync(this.#fd, bytes);
      } catch {
        // EAGAIN where the network takes nothing now; the stream meets whatever else it is once more.
      }
    }
    if (written < bytes.length) socket.write(bytes.subarray(written));
  }
}
