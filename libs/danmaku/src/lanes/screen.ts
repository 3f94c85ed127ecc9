import type { DanmakuComment } from '../comment';
import { mergeSettings, DEFAULT_SETTINGS, type DanmakuSettings } from '../settings';
import { isLifted, newBullet, ownTravel, type Bullet } from './bullet';
import { capFor } from './density';
import { LanePlan, type Extent, type Measure } from './lane-plan';
import { overlapping } from './overlapping';
import { RecentTexts } from './recent-texts';
import { WaitingLine } from './waiting-line';

/** From the lowest to the highest. */
const LAYERS = ['moving', 'standing', 'lifted'] as const;
export type Layer = (typeof LAYERS)[number];

export interface ScreenStats {
  onScreen: number;
  waiting: number;
  dropped: number;
  drawn: number;
  merged: number;
  overlapping: number;
}

/**
 * What is on the screen, without drawing it. Time is passed in. No two moving comments of a lane cover each
 * other, unless the density is `overlap` or one of them was frozen and has not glided back yet.
 */
export class Screen {
  private settings: DanmakuSettings;
  private readonly plan: LanePlan;
  private readonly waiting = new WaitingLine();
  private readonly recent = new RecentTexts();
  /** In the order of their start. */
  private flying: Bullet[] = [];
  private extent: Extent = { width: 0, height: 0 };
  private age = 0;
  private travel = 0;
  private nextKey = 1;
  private dropped = 0;
  private drawn = 0;
  private merged = 0;

  constructor(measure: Measure, settings: Partial<DanmakuSettings> = {}) {
    this.settings = mergeSettings(DEFAULT_SETTINGS, settings);
    this.plan = new LanePlan(this.settings, measure);
  }

  /** Milliseconds that an average comment takes to cross at the present speed. */
  get crossingMs(): number {
    return this.plan.crossingMs / this.settings.speed;
  }

  resize(extent: Extent): void {
    if (extent.width === this.extent.width && extent.height === this.extent.height) return;
    this.extent = extent;
    this.relayout();
  }

  configure(settings: DanmakuSettings): void {
    const { size, area, density, reducedMotion } = this.settings;
    this.settings = settings;
    this.plan.configure(settings);
    const sameLanes =
      size === settings.size &&
      area === settings.area &&
      density === settings.density &&
      reducedMotion === settings.reducedMotion;
    if (!sameLanes) this.relayout();
  }

  /** Measures and lays out all anew, each comment at the part of its way that it has come. */
  relayout(): void {
    for (const bullet of this.waiting.take(() => true)) {
      bullet.width = 0;
      this.waiting.push(bullet);
    }
    this.plan.reset(this.extent);
    const before = this.flying;
    this.flying = before.filter((bullet) => {
      const frozen = bullet.frozenTravel !== null;
      const kept = this.plan.restore(bullet, this.travelOf(bullet), this.travel);
      bullet.frozenTravel = frozen ? this.travel : null;
      bullet.lagTravel = 0;
      if (!kept) this.recent.forget(bullet);
      return kept;
    });
    this.flying.sort((a, b) => a.startTravel - b.startTravel);
    this.keepToCap();
  }

  /** Takes a comment in: as one more repeat of an equal one, or into the waiting line until `advance`. */
  add(comment: DanmakuComment): void {
    const bullet = newBullet(this.nextKey, comment, this.age);
    if (bullet.text === '') return;
    const equal = this.recent.match(bullet, this.age, (other) => this.staysFor(other));
    if (equal !== null) {
      this.recent.repeat(equal, comment, this.age);
      if (equal.shown) this.merged += 1;
      return;
    }
    this.nextKey += 1;
    this.recent.remember(bullet);
    const given = this.waiting.push(bullet);
    if (given !== null) this.drop(given);
  }

  /** Lets `ms` pass: what has crossed leaves, what has waited too long is given up, the waiting get lanes. */
  advance(ms: number): void {
    this.age += ms;
    this.travel += ms * this.settings.speed;
    this.flying = this.flying.filter((bullet) => {
      if (bullet.frozenTravel !== null || this.travelOf(bullet) < bullet.endTravel) return true;
      this.leave(bullet);
      return false;
    });
    for (const bullet of this.waiting.expire(this.age)) this.drop(bullet);
    if (this.waiting.length > 0) this.serve();
  }

  /** Takes the comments with these ids away; a bullet that stands for others too stays for those. */
  remove(ids: ReadonlySet<string>): void {
    const gone = (bullet: Bullet): boolean => {
      const left = bullet.members.filter(({ id }) => id === undefined || !ids.has(id));
      if (left.length === bullet.members.length) return false;
      bullet.members.splice(0, bullet.members.length, ...left);
      return left.length === 0;
    };
    for (const bullet of this.waiting.take(gone)) this.recent.forget(bullet);
    this.flying = this.flying.filter((bullet) => {
      if (!gone(bullet)) return true;
      this.leave(bullet);
      return false;
    });
  }

  clear(): void {
    this.waiting.take(() => true);
    this.flying = [];
    this.recent.clear();
    this.plan.reset(this.extent);
  }

  /** Calls `draw` for each bullet, the last one on top: moving, then standing, then frozen ones. */
  eachInDrawOrder(draw: (bullet: Bullet, left: number, top: number, layer: Layer) => void): void {
    for (const layer of LAYERS) {
      for (const bullet of this.flying) {
        if (this.layerOf(bullet) !== layer) continue;
        draw(bullet, this.leftOf(bullet), this.plan.topOf(bullet), layer);
      }
    }
  }

  /** The topmost bullet at a point in CSS pixels. */
  hit(x: number, y: number): Bullet | null {
    let found: Bullet | null = null;
    this.eachInDrawOrder((bullet, left, top) => {
      const inside = x >= left && x < left + bullet.width && y >= top && y < top + bullet.height;
      if (inside) found = bullet;
    });
    return found;
  }

  boxOf(bullet: Bullet): { x: number; y: number; width: number; height: number } {
    const { width, height } = bullet;
    return { x: this.leftOf(bullet), y: this.plan.topOf(bullet), width, height };
  }

  find(key: number): Bullet | null {
    return this.flying.find((bullet) => bullet.key === key) ?? null;
  }

  /** Holds a bullet where it is, above the others, until `release`. It never leaves meanwhile. */
  freeze(bullet: Bullet): void {
    bullet.frozenTravel ??= this.travelOf(bullet);
  }

  /** Lets a frozen bullet glide back to where it would be by now, so that its lane holds again. */
  release(bullet: Bullet): void {
    if (bullet.frozenTravel === null) return;
    bullet.lagTravel = this.travel - bullet.frozenTravel;
    bullet.releasedAge = this.age;
    bullet.frozenTravel = null;
  }

  /**
   * Milliseconds until anything changes by itself: 0 while something moves, Infinity when nothing is there.
   * What waits after `advance` changes nothing, as it needs a lane that another one leaves.
   */
  quietMs(): number {
    let quiet = Infinity;
    for (const bullet of this.flying) {
      if (bullet.motion === 'travel' || isLifted(bullet, this.age)) return 0;
      quiet = Math.min(quiet, (bullet.endTravel - this.travel) / this.settings.speed);
    }
    return Math.max(0, quiet);
  }

  stats(): ScreenStats {
    return {
      onScreen: this.flying.length,
      waiting: this.waiting.length,
      dropped: this.dropped,
      drawn: this.drawn,
      merged: this.merged,
      overlapping: overlapping(
        this.flying.filter((b) => !isLifted(b, this.age)),
        (b) => this.leftOf(b),
      ),
    };
  }

  private serve(): void {
    const reserved = new Set<number>();
    this.waiting.serve((bullet) => {
      if (this.flying.length >= capFor(this.settings.density, this.plan.count, bullet.rank))
        return false;
      if (!this.plan.place(bullet, this.travel, reserved) && !this.makeWayFor(bullet)) {
        if (bullet.rank < 2) this.plan.reserveFor(bullet, reserved);
        return false;
      }
      bullet.shown = true;
      this.flying.push(bullet);
      this.drawn += 1;
      this.merged += bullet.members.length - 1;
      return true;
    });
  }

  private makeWayFor(bullet: Bullet): boolean {
    if (bullet.priority !== 'own') return false;
    const other = this.plan.inTheWayOf(bullet);
    if (other === null) return false;
    this.flying = this.flying.filter((flying) => flying !== other);
    this.leave(other);
    return this.plan.place(bullet, this.travel, new Set());
  }

  /** A smaller screen or density may hold less: the least important leave, the oldest of them first. */
  private keepToCap(): void {
    const excess = this.flying.length - capFor(this.settings.density, this.plan.count, 0);
    if (excess <= 0) return;
    const leaving = new Set([...this.flying].sort((a, b) => b.rank - a.rank).slice(0, excess));
    for (const bullet of leaving) this.leave(bullet);
    this.flying = this.flying.filter((bullet) => !leaving.has(bullet));
  }

  private leave(bullet: Bullet): void {
    this.plan.vacate(bullet);
    this.recent.forget(bullet);
  }

  private drop(bullet: Bullet): void {
    this.dropped += bullet.members.length;
    this.recent.forget(bullet);
  }

  private staysFor(bullet: Bullet): number {
    return bullet.shown ? (bullet.endTravel - this.travel) / this.settings.speed : Infinity;
  }

  private travelOf(bullet: Bullet): number {
    return ownTravel(bullet, this.travel, this.age);
  }

  private leftOf(bullet: Bullet): number {
    return this.plan.leftOf(bullet, this.travelOf(bullet));
  }

  private layerOf(bullet: Bullet): Layer {
    if (isLifted(bullet, this.age)) return 'lifted';
    return bullet.motion === 'still' ? 'standing' : 'moving';
  }
}
