import type { Bullet } from './bullet';

const LONGEST_WAIT_MS = 1500;
export const LONGEST_LINE = 60;

/**
 * Comments without a lane yet, at most 60. The first two classes are served in the order of their arrival
 * (own comments before the others), the last one newest first: what cannot be shown in time is given up, the oldest and least important first.
 */
export class WaitingLine {
  private readonly classes: [Bullet[], Bullet[], Bullet[]] = [[], [], []];

  get length(): number {
    return this.classes[0].length + this.classes[1].length + this.classes[2].length;
  }

  /** Returns the bullet given up for it, which may be itself. */
  push(bullet: Bullet): Bullet | null {
    const line = this.classes[bullet.rank];
    const firstOther = line.findIndex(({ priority }) => priority !== 'own');
    if (bullet.priority === 'own' && firstOther >= 0) line.splice(firstOther, 0, bullet);
    else line.push(bullet);
    return this.length > LONGEST_LINE ? this.giveUpOne() : null;
  }

  /** Gives up those that have waited too long and hands them over. Own comments are never given up here. */
  expire(age: number): Bullet[] {
    return this.take(
      (bullet) => bullet.priority !== 'own' && age - bullet.arrivedAge > LONGEST_WAIT_MS,
    );
  }

  /** Offers each in the order of priority; those that `place` accepts have left the line. */
  serve(place: (bullet: Bullet) => boolean): void {
    for (const [rank, line] of this.classes.entries()) {
      if (rank === 2) line.reverse();
      const left = line.filter((bullet) => !place(bullet));
      if (rank === 2) left.reverse();
      line.splice(0, line.length, ...left);
    }
  }

  /** Takes out and returns all that `matches`. */
  take(matches: (bullet: Bullet) => boolean): Bullet[] {
    const taken: Bullet[] = [];
    for (const line of this.classes) {
      if (!line.some(matches)) continue;
      const left = line.filter((bullet) => {
        if (!matches(bullet)) return true;
        taken.push(bullet);
        return false;
      });
      line.splice(0, line.length, ...left);
    }
    return taken;
  }

  private giveUpOne(): Bullet | null {
    const [first, second, last] = this.classes;
    const given = last.shift() ?? second.shift();
    if (given !== undefined) return given;
    const other = first.findIndex((bullet) => bullet.priority !== 'own');
    return first.splice(Math.max(0, other), 1)[0] ?? null;
  }
}
