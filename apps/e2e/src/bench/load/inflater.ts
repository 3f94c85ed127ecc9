import { constants, inflateRawSync } from 'node:zlib';

/** What a sender of permessage-deflate leaves out at the end of each message (RFC 7692, 7.2.1). */
const TAIL = Buffer.of(0, 0, 0xff, 0xff);
const WINDOW_BYTES = 32 * 1024;

/**
 * Inflates the messages of one connection, one after the other. With context takeover each that came has to be kept, by whomever it was
 * inflated: connections that get the same have the same buffers as their window.
 */
export class Inflater {
  /** The latest messages, as many as the window reaches back. */
  readonly #window: Buffer[] = [];
  #windowBytes = 0;

  constructor(private readonly hasContextTakeover: boolean) {}

  /** @throws {Error} where these are not the bytes of the next message. */
  inflate(payload: Buffer): Buffer {
    return inflateRawSync(Buffer.concat([payload, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      // What came before is what the next message may refer to: the same as a dictionary for it.
      ...(this.#windowBytes > 0 && {
        dictionary: Buffer.concat(this.#window).subarray(-WINDOW_BYTES),
      }),
    });
  }

  /** A message that came compressed. */
  keep(inflated: Buffer): void {
    if (!this.hasContextTakeover) return;
    this.#window.push(inflated);
    this.#windowBytes += inflated.length;
    for (let [first] = this.#window; first; [first] = this.#window) {
      if (this.#windowBytes - first.length < WINDOW_BYTES) return;
      this.#windowBytes -= first.length;
      this.#window.shift();
    }
  }
}
