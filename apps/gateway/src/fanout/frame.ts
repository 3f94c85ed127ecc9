import { constants, deflateRawSync } from 'node:zlib';
import * as ws from 'ws';
import type { Outgoing } from './outgoing';

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
 * takeover, so that the same bytes fit every socket).
 */
export class Frame implements Outgoing {
  readonly #make: string | (() => string);
  #texts: readonly [string] | undefined;
  #plain: Buffer | undefined;
  #deflated: Buffer | undefined;

  /** A text that is not made before the frame goes out is what it is then, not what it was when it was published. */
  constructor(text: string | (() => string)) {
    this.#make = text;
  }

  get texts(): readonly [string] {
    return (this.#texts ??= [typeof this.#make === 'string' ? this.#make : this.#make()]);
  }

  get plain(): Buffer {
    return (this.#plain ??= toBytes(Buffer.from(this.texts[0]), false));
  }

  get deflated(): Buffer {
    return (this.#deflated ??=
      Buffer.byteLength(this.texts[0]) < COMPRESS_FROM_BYTES
        ? this.plain
        : toBytes(this.#compress(), true));
  }

  /** RFC 7692, 7.2.1: flush with an empty block, and leave out its four bytes 00 00 ff ff. */
  #compress(): Buffer {
    const flushed = deflateRawSync(Buffer.from(this.texts[0]), {
      level: 3,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return flushed.subarray(0, flushed.length - 4);
  }
}
