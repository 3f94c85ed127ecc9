import type { Frame } from './frame';
import type { InflateWindow, Outgoing } from './outgoing';

/** Several frames, one behind the other: many messages for one write. */
export class FrameBatch implements Outgoing {
  #plain: Buffer | undefined;
  #deflated: Buffer | undefined;

  constructor(private readonly frames: readonly Frame[]) {}

  get plain(): Buffer {
    return (this.#plain ??= Buffer.concat(this.frames.map((frame) => frame.plain)));
  }

  deflatedFor(window: InflateWindow): Buffer {
    window.endsWith = null;
    return (this.#deflated ??= Buffer.concat(
      this.frames.map((frame) => frame.deflatedFor(window)),
    ));
  }

  get texts(): readonly string[] {
    return this.frames.flatMap((frame) => frame.texts);
  }
}
