import type { CommentSize } from '../comment';
import type { DanmakuSettings } from '../settings';
import type { Bullet, Motion } from './bullet';
import { DENSITY } from './density';
import { ScrollLanes, type ScrollPlace, type ScrollRequest } from './scroll-lanes';
import { StillLanes, type Side } from './still-lanes';

/** The width in CSS pixels of a text at a font size. */
export type Measure = (text: string, fontPx: number) => number;

export interface Extent {
  width: number;
  height: number;
}

/** Parts of the font size. */
const OUTLINE_ROOM = 0.16;
const BOX_PADDING = 0.4;
/** What each comment keeps free behind it, so that a ×N can appear without covering the next one. */
const REPEAT_ROOM = 1.5;

const SCALE: Readonly<Record<CommentSize, number>> = { small: 0.8, normal: 1, large: 1.4 };
const STILL_MS = 4000;
const STILL_MARGIN = 12;
const NOTHING_RESERVED: ReadonlySet<number> = new Set();

/**
 * Gives comments their lanes. Places are a function of travel alone, so that pausing, another speed or another
 * opacity need no new plan; another size of the screen or of the text does (`reset`, then `restore` for each).
 */
export class LanePlan {
  private readonly scroll = new ScrollLanes();
  private readonly still = new StillLanes();
  private extent: Extent = { width: 0, height: 0 };
  private basePx = 0;
  private laneHeight = 1;
  private lanes = 0;

  constructor(
    private settings: Readonly<DanmakuSettings>,
    private readonly measure: Measure,
  ) {}

  get count(): number {
    return this.lanes;
  }

  /** How long a comment takes across the screen at speed 1, in milliseconds: longer where the way is longer. */
  get crossingMs(): number {
    return Math.min(10_000, Math.max(5000, 4000 + this.extent.width * 3.125));
  }

  configure(settings: Readonly<DanmakuSettings>): void {
    this.settings = settings;
  }

  /** Empties all lanes and cuts the screen into lanes anew. */
  reset(extent: Extent): void {
    this.extent = extent;
    // In steps of 2 px, so that dragging a window's edge does not rasterise every text at every size.
    const natural = Math.min(40, Math.max(18, 2 * Math.round(extent.height / 58)));
    this.basePx = Math.round(natural * this.settings.size);
    this.laneHeight = Math.ceil(this.basePx * DENSITY[this.settings.density].lineHeight);
    const room = Math.floor((extent.height * this.settings.area) / this.laneHeight);
    this.lanes = extent.width > 0 && extent.height > 0 ? Math.max(1, room) : 0;
    this.scroll.reset(this.lanes, extent.width);
    this.still.reset(this.lanes);
  }

  /** Gives the bullet a lane from the moment `travel` on; false when there is none for it now. */
  place(bullet: Bullet, travel: number, reserved: ReadonlySet<number>): boolean {
    if (this.lanes === 0) return false;
    const motion = this.motionOf(bullet);
    const covering = this.settings.density === 'overlap';
    if (motion === 'travel' && !this.scroll.anyClear(travel, covering)) return false;
    if (bullet.width === 0) this.fit(bullet, motion);
    return motion === 'still'
      ? this.placeStill(bullet, travel)
      : this.placeScroll(bullet, travel, reserved);
  }

  /**
   * Gives a bullet of the plan before a lane in this one, at the same part of its way; false if there is none.
   * `ownTravel` is the moment of travel that its place belongs to, `travel` the screen's.
   */
  restore(bullet: Bullet, ownTravel: number, travel: number): boolean {
    if (this.lanes === 0) return false;
    const motion = this.motionOf(bullet);
    const duration = bullet.endTravel - bullet.startTravel;
    const part = motion === bullet.motion ? (ownTravel - bullet.startTravel) / duration : 0;
    this.fit(bullet, motion);
    const start =
      travel -
      part * (motion === 'still' ? STILL_MS : this.crossing(bullet) / this.speedOf(bullet));
    return motion === 'still'
      ? this.placeStill(bullet, start)
      : this.placeScroll(bullet, start, NOTHING_RESERVED);
  }

  vacate(bullet: Bullet): void {
    if (bullet.motion === 'still') this.still.vacate(bullet);
  }

  /** Keeps the lanes that will first be clear for a bullet that found none, so that no later one takes them. */
  reserveFor(bullet: Bullet, reserved: Set<number>): void {
    if (this.motionOf(bullet) === 'still') return;
    const span = this.spanOf(bullet);
    const lane = this.scroll.soonestClear(span);
    for (let i = lane; i < lane + span; i += 1) reserved.add(i);
  }

  /** The bullet whose place an own comment takes when every lane at its side is taken. */
  inTheWayOf(bullet: Bullet): Bullet | null {
    if (this.motionOf(bullet) === 'travel') return null;
    return this.still.oldestBelowOwn(bullet.mode, this.spanOf(bullet));
  }

  leftOf(bullet: Bullet, ownTravel: number): number {
    if (bullet.motion === 'travel') {
      return this.extent.width - (ownTravel - bullet.startTravel) * bullet.speed;
    }
    const centred = (this.extent.width - bullet.width) / 2;
    return bullet.mode === 'scroll' || centred < 0 ? STILL_MARGIN : centred;
  }

  topOf(bullet: Bullet): number {
    return bullet.lane * this.laneHeight;
  }

  private placeScroll(bullet: Bullet, at: number, reserved: ReadonlySet<number>): boolean {
    const { density } = this.settings;
    const request: ScrollRequest = {
      at,
      width: bullet.laneWidth,
      span: this.spanOf(bullet),
      speed: this.speedOf(bullet),
      slowest: this.extent.width / this.crossingMs,
      gap: Math.min(DENSITY[density].gap * this.settings.size, this.extent.width / 4),
    };
    const place = this.findScroll(request, reserved);
    if (place === null) return false;
    this.scroll.occupy(place, request);
    bullet.motion = 'travel';
    bullet.lane = place.lane;
    bullet.span = request.span;
    bullet.speed = place.speed;
    bullet.startTravel = at;
    bullet.endTravel = at + this.crossing(bullet) / place.speed;
    return true;
  }

  private findScroll(request: ScrollRequest, reserved: ReadonlySet<number>): ScrollPlace | null {
    if (this.settings.density === 'overlap') {
      return this.scroll.find(request, () => false, reserved) ?? this.scroll.findCovering(request);
    }
    // Behind a standing comment nothing can be read. Where standing ones are many there is no room elsewhere.
    const mayPassBehind = this.still.taken * 3 > this.lanes;
    const shunned = (lane: number): boolean => !this.still.isFree(lane, request.span);
    const place = this.scroll.find(request, shunned, reserved);
    return place !== null && shunned(place.lane) && !mayPassBehind ? null : place;
  }

  private placeStill(bullet: Bullet, at: number): boolean {
    const side: Side = bullet.mode === 'scroll' ? 'any' : bullet.mode;
    const span = this.spanOf(bullet);
    const lane = this.still.find(side, span);
    if (lane === null) return false;
    bullet.motion = 'still';
    bullet.lane = lane;
    bullet.span = span;
    bullet.speed = 0;
    bullet.startTravel = at;
    bullet.endTravel = at + STILL_MS;
    this.still.occupy(lane, bullet);
    return true;
  }

  private fit(bullet: Bullet, motion: Motion): void {
    const scale = this.spanOf(bullet) > 1 || bullet.size === 'small' ? SCALE[bullet.size] : 1;
    this.sizeTo(bullet, this.basePx * scale);
    const room = this.extent.width - 2 * STILL_MARGIN;
    if (motion === 'still' && bullet.width > room) {
      this.sizeTo(bullet, Math.max(12, (bullet.fontPx * room) / bullet.width));
    }
  }

  private sizeTo(bullet: Bullet, fontPx: number): void {
    const boxed = bullet.priority === 'own' || bullet.style.background !== undefined;
    const padding = boxed ? BOX_PADDING : OUTLINE_ROOM;
    bullet.fontPx = fontPx;
    bullet.width = Math.ceil(this.measure(bullet.text, fontPx) + 2 * padding * fontPx);
    bullet.laneWidth = bullet.width + REPEAT_ROOM * fontPx;
    bullet.height = this.spanOf(bullet) * this.laneHeight;
  }

  private motionOf(bullet: Bullet): Motion {
    return this.settings.reducedMotion || bullet.mode !== 'scroll' ? 'still' : 'travel';
  }

  private spanOf(bullet: Bullet): number {
    return Math.min(this.lanes, bullet.size === 'large' ? 2 : 1);
  }

  /** Pixels per millisecond that let it cross in `crossingMs`; one longer than the screen is not faster still. */
  private speedOf(bullet: Bullet): number {
    return (this.extent.width + Math.min(bullet.laneWidth, this.extent.width)) / this.crossingMs;
  }

  private crossing(bullet: Bullet): number {
    return this.extent.width + bullet.laneWidth;
  }
}
