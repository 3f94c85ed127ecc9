import type { DanmakuPick } from '../comment';
import type { Bullet } from '../lanes/bullet';
import { Screen } from '../lanes/screen';
import { Timeline } from '../lanes/timeline';
import { DEFAULT_SETTINGS, type DanmakuSettings } from '../settings';
import { contextOf, type Canvas, type Context } from './canvas';
import { FrameLoop } from './frame-loop';
import type { FromStage, StageSize, ToStage } from './messages';
import { Painter } from './painter';

type Point = { x: number; y: number };

/** A bitmap of more than twice the CSS size costs four times the memory for nothing that is seen in motion. */
const HIGHEST_PIXEL_RATIO = 2;

/** Draws the screen on a canvas, in a worker or on the main thread. Nothing runs while nothing would change. */
export class Stage {
  private readonly context: Context;
  private readonly painter: Painter;
  private readonly screen: Screen;
  private readonly timeline = new Timeline();
  private readonly loop = new FrameLoop((ms) => {
    this.frame(ms);
  });
  private settings: DanmakuSettings = DEFAULT_SETTINGS;
  private size: StageSize = { width: 0, height: 0, pixelRatio: 1 };
  private visible = true;
  private paused = false;
  private hovered: Bullet | null = null;
  private picked: Bullet | null = null;
  private oddFrame = false;

  constructor(
    private readonly canvas: Canvas,
    fontFamily: string,
    private readonly answer: (message: FromStage) => void,
  ) {
    this.context = contextOf(canvas);
    this.painter = new Painter(fontFamily);
    this.screen = new Screen((text, fontPx) => this.painter.measure(text, fontPx));
  }

  receive(message: ToStage): void {
    if (message.type === 'stats') {
      this.reportStats(message.ticket);
      return;
    }
    // Whatever arrives is stamped with the time that has passed, also where no frame has run for long.
    this.pass(this.loop.elapse());
    this.handle(message);
    this.wake(0);
  }

  close(): void {
    this.loop.stop();
    this.screen.clear();
    this.painter.forget(1);
  }

  private handle(message: Exclude<ToStage, { type: 'stats' }>): void {
    switch (message.type) {
      case 'emit':
        if (this.settings.enabled) for (const comment of message.comments) this.screen.add(comment);
        return;
      case 'timeline':
        this.timeline.load(message.comments);
        return;
      case 'seek':
        this.timeline.seek(message.positionMs);
        return;
      case 'media':
        if (message.media === null) this.timeline.unfollow();
        else this.timeline.follow(message.media);
        return;
      case 'settings':
        this.configure(message.settings);
        return;
      case 'size':
        this.resize(message.size);
        return;
      case 'visible':
        this.visible = message.visible;
        return;
      case 'paused':
        this.paused = message.paused;
        return;
      case 'fonts':
        this.painter.forget(this.size.pixelRatio);
        this.screen.relayout();
        return;
      case 'clear':
        this.screen.clear();
        this.letGo();
        return;
      case 'remove':
        this.remove(new Set(message.ids));
        return;
      case 'hover':
        this.hover(message.at);
        return;
      case 'pick':
        this.pick(message.at);
        return;
      case 'release':
        this.release();
        return;
    }
  }

  private configure(settings: DanmakuSettings): void {
    this.settings = settings;
    this.screen.configure(settings);
    if (!settings.enabled) {
      this.screen.clear();
      this.letGo();
      this.painter.forget(this.size.pixelRatio);
    }
  }

  private resize(size: StageSize): void {
    const pixelRatio = Math.min(HIGHEST_PIXEL_RATIO, size.pixelRatio);
    if (pixelRatio !== this.size.pixelRatio) this.painter.forget(pixelRatio);
    this.size = { ...size, pixelRatio };
    this.canvas.width = Math.round(size.width * pixelRatio);
    this.canvas.height = Math.round(size.height * pixelRatio);
    this.screen.resize(size);
    // Setting a size has emptied the canvas; drawn in the same task, that is never seen.
    this.draw();
  }

  private remove(ids: ReadonlySet<string>): void {
    this.screen.remove(ids);
    this.timeline.remove(ids);
    this.forgetGone();
  }

  private hover(at: Point | null): void {
    const bullet = at === null ? null : this.screen.hit(at.x, at.y);
    if (bullet !== this.hovered) {
      if (this.hovered !== null && this.hovered !== this.picked) this.screen.release(this.hovered);
      this.hovered = bullet;
      if (bullet !== null) this.screen.freeze(bullet);
    }
    this.answer({ type: 'hovered', pick: this.describe(bullet, at) });
  }

  private pick(at: Point): void {
    const bullet = this.screen.hit(at.x, at.y);
    if (bullet !== null) {
      if (this.picked !== null && this.picked !== bullet) this.screen.release(this.picked);
      this.picked = bullet;
      this.screen.freeze(bullet);
    }
    this.answer({ type: 'picked', pick: this.describe(bullet, at) });
  }

  private release(): void {
    if (this.picked !== null && this.picked !== this.hovered) this.screen.release(this.picked);
    this.picked = null;
  }

  private letGo(): void {
    this.hovered = null;
    this.picked = null;
  }

  private forgetGone(): void {
    if (this.hovered !== null && this.screen.find(this.hovered.key) === null) this.hovered = null;
    if (this.picked !== null && this.screen.find(this.picked.key) === null) this.picked = null;
  }

  private describe(bullet: Bullet | null, at: Point | null): DanmakuPick | null {
    const first = bullet?.members[0];
    if (bullet === null || first === undefined || at === null) return null;
    return {
      id: first.id,
      text: first.text,
      user: first.user,
      repeats: bullet.members.length,
      ids: bullet.members.flatMap(({ id }) => (id === undefined ? [] : [id])),
      x: at.x,
      y: at.y,
      box: this.screen.boxOf(bullet),
    };
  }

  private reportStats(ticket: number): void {
    const { fps } = this.loop;
    const { cacheBytes } = this.painter;
    this.answer({ type: 'stats', ticket, stats: { ...this.screen.stats(), fps, cacheBytes } });
  }

  private frame(ms: number): void {
    this.pass(ms);
    const quietMs = this.quietMs();
    this.oddFrame = !this.oddFrame;
    const skipped = this.settings.lowPower && this.oddFrame && quietMs === 0;
    if (!skipped) {
      this.draw();
      this.loop.countDrawn();
    }
    this.wake(quietMs);
  }

  private pass(ms: number): void {
    if (this.paused) return;
    if (this.settings.enabled) this.timeline.advance(ms, this.screen);
    else this.timeline.skip(ms);
    this.forgetGone();
  }

  private draw(): void {
    const { context, settings } = this;
    const { width, height, pixelRatio } = this.size;
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.painter.startFrame();
    this.screen.eachInDrawOrder((bullet, left, top, layer) => {
      const whole = settings.lowPower || layer !== 'moving';
      const x = whole ? Math.round(left * pixelRatio) / pixelRatio : left;
      const y = Math.round(top * pixelRatio) / pixelRatio;
      if (layer !== 'moving') this.painter.clearBehind(context, { ...bullet, left: x, top: y });
      if (layer === 'lifted') this.painter.drawPlate(context, { ...bullet, left: x, top: y });
      this.painter.draw(context, bullet, x, y);
    });
  }

  private quietMs(): number {
    if (this.paused || !this.settings.enabled) return Infinity;
    return Math.min(this.screen.quietMs(), this.timeline.quietMs());
  }

  private wake(inMs: number): void {
    if (this.visible && this.size.width > 0) this.loop.wake(inMs);
    else this.loop.stop();
  }
}
