import { constants, deflateRawSync } from 'node:zlib';
import type { InflateWindow, Outgoing } from './outgoing';
import { compressedFrame, textFrames } from './text-frames';

/** Below this many bytes compression costs one reader more than it saves. */
const COMPRESS_FROM_BYTES = 512;
/**
 * A room's frame of 20 messages of danmaku, 4 KB, in µs of processor and bytes for each message: level 1 37 and 51, 3 38 and 50, 6 45
 * and 47, 9 46 and 46; behind 32 KB of the frames before, 3 70 and 21.6, 6 88 and 19.9. Less memory for it gains nothing.
 */
const LEVEL = 6;

/** Where a frame stands in a `FrameChain`. */
export interface ChainPlace {
  /** The frame itself. */
  readonly link: object;
  /** The link of the frame before it; null for the first. */
  readonly after: object | null;
  /** The latest texts before it, as far as a window reaches. */
  readonly before: readonly Buffer[];
}

/**
 * One text frame of RFC 6455, made once for every socket that gets it: as it is, and compressed (RFC 7692). What is compressed
 * stands by itself, so that the same bytes fit every socket; in a chain there is also a form for those who had all of it so far.
 */
export class Frame implements Outgoing {
  readonly #make: string | (() => string);
  readonly #place: ChainPlace | null;
  #texts: readonly [string] | undefined;
  #plain: Buffer | undefined;
  #alone: Buffer | undefined;
  #continued: Buffer | undefined;

  /** A text that is not made before the frame goes out is what it is then, not what it was when it was published. */
  constructor(text: string | (() => string), place: ChainPlace | null = null) {
    this.#make = text;
    this.#place = place;
  }

  get texts(): readonly [string] {
    return (this.#texts ??= [typeof this.#make === 'string' ? this.#make : this.#make()]);
  }

  get plain(): Buffer {
    return (this.#plain ??= textFrames(this.texts));
  }

  deflatedFor(window: InflateWindow): Buffer {
    const place = this.#place;
    if (place?.after && place.after === window.endsWith) {
      window.endsWith = place.link;
      return (this.#continued ??= compress(this.texts[0], Buffer.concat(place.before)));
    }
    if (!place && this.plain.length < COMPRESS_FROM_BYTES) return this.plain;
    // Whoever has not had the frames before waits for the next chain's first one.
    window.endsWith = place && !place.after && window.isKept ? place.link : null;
    return (this.#alone ??= compress(this.texts[0]));
  }
}

/** RFC 7692, 7.2.1: flush with an empty block, and leave out its four bytes 00 00 ff ff. */
function compress(text: string, dictionary?: Buffer): Buffer {
  const flushed = deflateRawSync(Buffer.from(text), {
    level: LEVEL,
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(dictionary && { dictionary }),
  });
  return compressedFrame(flushed.subarray(0, flushed.length - 4));
}
