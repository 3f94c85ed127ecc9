import type { DanmakuComment } from '../comment';

export const MOST_HELD = 2000;
const LONGEST_HOLD_MS = 60_000;
const TOO_LATE_MS = 1500;

interface Held {
  comment: DanmakuComment;
  at: number;
  /** Local time at which it goes out whatever the picture's clock says. */
  latest: number;
}

/**
 * Keeps live comments until the picture has come to their moment. Own comments, and those without `at`, pass at
 * once; nothing is held for more than 60 s, nor when the picture's time is unknown. At most 2,000 are held: of
 * those without priority an even sample is kept then, so that what is left covers the whole wait.
 */
export class HeldComments {
  private held: Held[] = [];
  private lost = 0;
  /** Every how many-th of no priority is held. */
  private stride = 1;
  private offered = 0;

  get length(): number {
    return this.held.length;
  }

  /** Comments let go unseen. */
  get dropped(): number {
    return this.lost;
  }

  /** Takes the later ones in and returns those to show now. `picture` and `now` in milliseconds. */
  add(comments: readonly DanmakuComment[], picture: number | null, now: number): DanmakuComment[] {
    const pass: DanmakuComment[] = [];
    for (const comment of comments) {
      const { at } = comment;
      const later = picture !== null && at !== undefined && at > picture;
      if (later && comment.priority !== 'own')
        this.hold({ comment, at, latest: now + LONGEST_HOLD_MS });
      else pass.push(comment);
    }
    return pass;
  }

  /** Returns those whose moment has come, in its order; what is more than 1.5 s late is let go. */
  due(picture: number | null, now: number): DanmakuComment[] {
    const due: DanmakuComment[] = [];
    this.held = this.held.filter(({ comment, at, latest }) => {
      if (picture !== null && at > picture && now < latest) return true;
      if (picture !== null && picture - at > TOO_LATE_MS) this.lost += 1;
      else due.push(comment);
      return false;
    });
    return due;
  }

  remove(ids: ReadonlySet<string>): void {
    this.held = this.held.filter(({ comment }) => comment.id === undefined || !ids.has(comment.id));
  }

  clear(): void {
    this.held = [];
  }

  private hold(held: Held): void {
    if (this.held.length < MOST_HELD / 4) this.stride = 1;
    if (isOrdinary(held.comment)) {
      this.offered += 1;
      if (this.offered % this.stride !== 0) {
        this.lost += 1;
        return;
      }
    }
    if (this.held.length >= MOST_HELD) this.thin();
    let index = this.held.length;
    while (index > 0 && (this.held[index - 1]?.at ?? 0) > held.at) index -= 1;
    this.held.splice(index, 0, held);
  }

  private thin(): void {
    const before = this.held.length;
    this.stride *= 2;
    let ordinary = 0;
    this.held = this.held.filter(({ comment }) => {
      if (!isOrdinary(comment)) return true;
      ordinary += 1;
      return ordinary % 2 === 1;
    });
    // Hardly any but comments with a priority: the bound still holds.
    if (this.held.length > MOST_HELD * 0.9) this.held = this.held.filter((_, i) => i % 2 === 0);
    this.lost += before - this.held.length;
  }
}

function isOrdinary(comment: DanmakuComment): boolean {
  return (comment.priority ?? 'normal') === 'normal';
}
