import type { DanmakuComment } from '@hubbub/danmaku';
import type { Entry, SessionUser } from '@hubbub/protocol';
import { isWithdrawn } from '../chat/rows';
import { bulletOf, ownBullet, ownBulletId } from './bullets';

type Flying = (bullets: readonly DanmakuComment[]) => void;
type Withdrawn = (ids: readonly string[] | 'all') => void;

const FLOWN_KEPT = 600;
const KEYS_KEPT = 100;

/** From the connection to the renderer: bullets as they come, own ones at once, and those that are to go again. */
export class BulletFeed {
  readonly #flying = new Set<Flying>();
  readonly #withdrawn = new Set<Withdrawn>();
  /** Whose bullets may still be on screen. */
  readonly #flown: { id: string; user: string }[] = [];
  /** The keys under which own bullets fly, by their place in the log. */
  readonly #ownKeys = new Map<number, string>();

  onBullets(listener: Flying): () => void {
    this.#flying.add(listener);
    return () => this.#flying.delete(listener);
  }

  /** Bullets to take away: those of withdrawn messages by their ids, or all. */
  onWithdrawn(listener: Withdrawn): () => void {
    this.#withdrawn.add(listener);
    return () => this.#withdrawn.delete(listener);
  }

  /**
   * Takes entries as they come. Only live ones fly; `ownKeyOf` names the message written here that an entry is, which flies
   * already.
   */
  receive(
    entries: readonly Entry[],
    context: {
      live: boolean;
      me: SessionUser | null;
      ownKeyOf: (seq: number) => string | undefined;
    },
  ): void {
    const bullets: DanmakuComment[] = [];
    for (const entry of entries) {
      if (entry.kind === 'delete') this.#takeAway([String(entry.target)], entry.target);
      else if (entry.kind === 'clear') this.#clear(entry.user, context.me);
      else if (entry.kind === 'message' && !isWithdrawn(entry)) {
        const key = context.ownKeyOf(entry.seq);
        if (key !== undefined) this.#rememberOwn(entry.seq, key);
        const bullet = key === undefined && context.live ? bulletOf(entry, context.me) : null;
        if (bullet === null) continue;
        bullets.push(bullet);
        this.#flown.push({ id: String(entry.seq), user: entry.user.id });
      }
    }
    if (this.#flown.length > FLOWN_KEPT) this.#flown.splice(0, this.#flown.length - FLOWN_KEPT / 2);
    if (bullets.length > 0) this.#tell(bullets);
  }

  flyOwn(draft: Parameters<typeof ownBullet>[0], me: SessionUser): void {
    this.#tell([ownBullet(draft, me)]);
  }

  /** An own message that was not taken does not fly on. */
  takeBack(key: string): void {
    this.#tellWithdrawn([ownBulletId(key)]);
  }

  clear(): void {
    this.#tellWithdrawn('all');
  }

  #takeAway(ids: string[], seq: number): void {
    const key = this.#ownKeys.get(seq);
    this.#tellWithdrawn(key === undefined ? ids : [...ids, ownBulletId(key)]);
  }

  #clear(user: string | null, me: SessionUser | null): void {
    if (user === null) {
      this.clear();
      return;
    }
    const ids = this.#flown.filter((bullet) => bullet.user === user).map(({ id }) => id);
    const own = user === me?.id ? [...this.#ownKeys.values()].map(ownBulletId) : [];
    this.#tellWithdrawn([...ids, ...own]);
  }

  #rememberOwn(seq: number, key: string): void {
    this.#ownKeys.set(seq, key);
    const [oldest] = this.#ownKeys.keys();
    if (this.#ownKeys.size > KEYS_KEPT && oldest !== undefined) this.#ownKeys.delete(oldest);
  }

  #tell(bullets: readonly DanmakuComment[]): void {
    for (const listener of this.#flying) listener(bullets);
  }

  #tellWithdrawn(ids: readonly string[] | 'all'): void {
    for (const listener of this.#withdrawn) listener(ids);
  }
}
