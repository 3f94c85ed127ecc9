import type { DanmakuComment } from '../comment';
import type { Bullet } from './bullet';

const MERGE_MS = 3000;
/** A bullet about to leave takes no more repeats: they would be gone before they are read. */
const STAYS_AT_LEAST_MS = 1000;
const MOST_REPEATS = 999;

/** Finds the bullet that a repeated text belongs to. Holds no more than what is on screen or waits. */
export class RecentTexts {
  private readonly byText = new Map<string, Bullet>();

  /**
   * The bullet of which `bullet` is a repeat within 3 s, else null. Own and paid comments keep a bullet of
   * their own, and nothing is merged into one that would be shown with less priority.
   */
  match(bullet: Bullet, age: number, staysFor: (bullet: Bullet) => number): Bullet | null {
    if (bullet.priority === 'own' || bullet.priority === 'paid') return null;
    const other = this.byText.get(textKey(bullet));
    if (other === undefined || age - other.repeatedAge > MERGE_MS) return null;
    return other.rank <= bullet.rank && staysFor(other) >= STAYS_AT_LEAST_MS ? other : null;
  }

  repeat(bullet: Bullet, comment: DanmakuComment, age: number): void {
    bullet.repeatedAge = age;
    if (bullet.members.length < MOST_REPEATS) bullet.members.push(comment);
  }

  remember(bullet: Bullet): void {
    this.byText.set(textKey(bullet), bullet);
  }

  forget(bullet: Bullet): void {
    if (this.byText.get(textKey(bullet)) === bullet) this.byText.delete(textKey(bullet));
  }

  clear(): void {
    this.byText.clear();
  }
}

function textKey(bullet: Bullet): string {
  return `${bullet.mode}\n${bullet.text}`;
}
