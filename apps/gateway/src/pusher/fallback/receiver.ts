import type { ServerResponse } from 'node:http';
import { PRELUDE, type SockjsFrame } from './sockjs-frames';

/**
 * A response ends with the frame that brings it past this many units of UTF-16. pusher-js gives up a response of this length that
 * it has read to its end, and asks for the next one on the same session; one that ends before is a lost connection to it. So both
 * end at the same frame, and nothing is written that the client does not read.
 */
const STREAM_LENGTH = 256 * 1024;
/** Who has not read the end of its response after this is cut off. */
const LINGER_MS = 30_000;

/** A request that waits for frames. A poll is answered with one of them, a stream with many. */
export class Receiver {
  readonly #response: ServerResponse;
  #left: number;

  constructor(response: ServerResponse, kind: 'xhr' | 'xhr_streaming') {
    this.#response = response;
    this.#left = kind === 'xhr' ? 0 : STREAM_LENGTH;
    if (kind === 'xhr_streaming') this.write(PRELUDE);
  }

  get backlogBytes(): number {
    return this.#response.writableLength;
  }

  /** Runs once, when the response has gone out whole or the client has left. */
  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  /** False: the response ends with this frame. */
  write(frame: SockjsFrame): boolean {
    this.#left -= frame.length;
    if (this.#left < 0) {
      this.end(frame);
      return false;
    }
    this.#response.write(frame.bytes);
    return true;
  }

  end(frame: SockjsFrame): void {
    this.#response.end(frame.bytes);
    const timer = setTimeout(() => this.#response.destroy(), LINGER_MS).unref();
    this.onClose(() => {
      clearTimeout(timer);
    });
  }

  destroy(): void {
    this.#response.destroy();
  }
}
