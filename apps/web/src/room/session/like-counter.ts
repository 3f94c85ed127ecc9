import { LIMITS } from '@hubbub/protocol/tables';
import { ValueStore } from '../value-store';

const SEND_EVERY_MS = 1000;

/** Likes seen since the page was opened. The gateway tells how many are new, own ones included, and keeps no total. */
export class LikeCounter {
  readonly total = new ValueStore(0);
  #toSend = 0;
  /** Own likes that are counted already and that the gateway is going to tell of. */
  #expected = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Shown at once, sent together once a second. `send` rejects where they were not taken. */
  like(send: (count: number) => Promise<void>): void {
    this.total.update((n) => n + 1);
    this.#toSend = Math.min(LIMITS.likesPerRequest, this.#toSend + 1);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const count = this.#toSend;
      this.#toSend = 0;
      this.#expected += count;
      send(count).catch(() => {
        // Too many, or no connection: a like is of the moment and not worth a word.
        this.#expected = Math.max(0, this.#expected - count);
      });
    }, SEND_EVERY_MS);
  }

  hear(likes: number): void {
    const others = Math.max(0, likes - this.#expected);
    this.#expected = Math.max(0, this.#expected - likes);
    if (others > 0) this.total.update((n) => n + others);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
