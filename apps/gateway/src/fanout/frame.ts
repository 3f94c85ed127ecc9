import { constants, deflateRawSync } from 'node:zlib';
import * as ws from 'ws';

/** Below this many bytes compression costs more than it saves. */
const COMPRESS_FROM_BYTES = 512;

/** What `ws` exports and its type declarations do not describe. */
interface FrameMaker {
  frame(
    data: Buffer,
    options: { fin: boolean; opcode: number; mask: boolean; readOnly: boolean; rsv1: boolean },
  ): Buffer[];
}
const { Sender } = ws as unknown as { Sender: FrameMaker };

function toBytes(payload: Buffer, rsv1: boolean): Buffer {
  const parts = Sender.frame(payload, {
    fin: true,
    opcode: 1,
    mask: false,
    readOnly: true,
    rsv1,
  });
  return Buffer.concat(parts);
}

/**
 * One text frame of RFC 6455, made once for every socket that gets it: as it is, and compressed (RFC 7692, no context
 * takeover, so that the same bytes fit every socket). Each form is made when the first socket asks for it.
 */
export class Frame {
  readonly #payload: Buffer;
  #plain: Buffer | undefined;
  #deflated: Buffer | undefined;

  constructor(text: string) {
    this.#payload = Buffer.from(text);
  }

  get plain(): Buffer {
    return (this.#plain ??= toBytes(this.#payload, false));
  }

  /** The same frame for a socket that negotiated permessage-deflate; the plain one where compressing does not pay. */
  get deflated(): Buffer {
    return (this.#deflated ??=
      this.#payload.length < COMPRESS_FROM_BYTES ? this.plain : toBytes(this.#compress(), true));
  }

  /** RFC 7692, 7.2.1: flush with an empty block, and leave out its four bytes 00 00 ff ff. */
  #compress(): Buffer {
    const flushed = deflateRawSync(this.#payload, {
      level: 3,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return flushed.subarray(0, flushed.length - 4);
  }
}
