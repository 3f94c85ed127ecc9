import { ByteCache } from '../lanes/byte-cache';
import type { Bullet } from '../lanes/bullet';
import { outlineFor, parseCanvasColor } from '../lanes/contrast';
import { contextOf, newCanvas, type Canvas, type Context } from './canvas';

const CACHE_BYTES = 32 * 1024 * 1024;

const WEIGHT = 600;
/** Parts of the font size. */
const OUTLINE = 0.13;
const BADGE_SIZE = 0.6;
const BOX_HEIGHT = 1.36;
const SOFT_EDGE_PX = 16;
const OWN_COLOR = '#7ee787';

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Rasterises each text once and draws it as a picture from then on. */
export class Painter {
  private readonly cache = new ByteCache<Canvas>(CACHE_BYTES, (canvas) => {
    // Gives the pixels back now rather than when the canvas is collected.
    canvas.width = 0;
    canvas.height = 0;
  });
  private readonly colors = new Map<string, string>();
  private readonly ruler: Context;
  private pixelRatio = 1;

  constructor(private readonly fontFamily: string) {
    this.ruler = contextOf(newCanvas(1, 1));
  }

  get cacheBytes(): number {
    return this.cache.bytes;
  }

  measure(text: string, fontPx: number): number {
    this.ruler.font = this.font(fontPx);
    return this.ruler.measureText(text).width;
  }

  /** To be called at another pixel ratio or other fonts: what is rasterised no longer fits. */
  forget(pixelRatio: number): void {
    this.pixelRatio = pixelRatio;
    this.cache.clear();
  }

  startFrame(): void {
    this.cache.nextRound();
  }

  draw(to: Context, bullet: Bullet, left: number, top: number): void {
    const { width, height } = bullet;
    this.drawSprite(to, bodyKey(bullet), { left, top, width, height }, (context) => {
      this.paintBody(context, bullet);
    });
    const repeats = bullet.members.length;
    if (repeats < 2) return;
    const badge = { left: left + width, top, width: bullet.laneWidth - width, height };
    this.drawSprite(to, `×${repeats.toString()} ${bullet.fontPx.toString()}`, badge, (context) => {
      this.paintBadge(context, bullet, repeats);
    });
  }

  /** Takes away what moves behind a standing text, softly at both ends: through it nothing could be read. */
  clearBehind(to: Context, box: Box): void {
    const [from, until] = [box.left - SOFT_EDGE_PX, box.left + box.width + SOFT_EDGE_PX];
    const soft = SOFT_EDGE_PX / (until - from);
    const edges = to.createLinearGradient(from, 0, until, 0);
    edges.addColorStop(0, 'transparent');
    edges.addColorStop(soft, 'black');
    edges.addColorStop(1 - soft, 'black');
    edges.addColorStop(1, 'transparent');
    to.globalCompositeOperation = 'destination-out';
    to.fillStyle = edges;
    to.fillRect(from, box.top, until - from, box.height);
    to.globalCompositeOperation = 'source-over';
  }

  /** The dark plate behind a bullet that the pointer holds. */
  drawPlate(to: Context, box: Box): void {
    to.fillStyle = 'rgba(0, 0, 0, 0.6)';
    to.beginPath();
    to.roundRect(box.left, box.top, box.width, box.height, 6);
    to.fill();
  }

  private drawSprite(to: Context, key: string, box: Box, paint: (context: Context) => void): void {
    let sprite = this.cache.get(key);
    if (sprite === undefined) {
      const width = Math.ceil(box.width * this.pixelRatio);
      const height = Math.ceil(box.height * this.pixelRatio);
      const bytes = width * height * 4;
      if (!this.cache.reserve(bytes)) {
        // No room beside what is on screen: drawn as text each frame, slower but bounded.
        to.save();
        to.translate(box.left, box.top);
        paint(to);
        to.restore();
        return;
      }
      sprite = newCanvas(width, height);
      const context = contextOf(sprite);
      context.scale(this.pixelRatio, this.pixelRatio);
      paint(context);
      this.cache.add(key, sprite, bytes);
    }
    to.drawImage(
      sprite,
      box.left,
      box.top,
      sprite.width / this.pixelRatio,
      sprite.height / this.pixelRatio,
    );
  }

  private paintBody(context: Context, bullet: Bullet): void {
    const { fontPx, width, height, style, priority } = bullet;
    const color = this.resolve(style.color ?? style.fillStyle ?? '#ffffff');
    const boxHeight = Math.min(height, fontPx * BOX_HEIGHT);
    if (style.background !== undefined) {
      roundedBox(context, { width, height, boxHeight, inset: 1, radius: boxHeight / 2 });
      context.fillStyle = style.background;
      context.fill();
    }
    if (priority === 'own') {
      roundedBox(context, { width, height, boxHeight, inset: 1.5, radius: fontPx * 0.3 });
      context.fillStyle = 'rgba(0, 0, 0, 0.35)';
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = OWN_COLOR;
      context.stroke();
    }
    context.font = this.font(fontPx);
    context.textAlign = 'center';
    this.paintText(context, { text: bullet.text, color, x: width / 2, y: height / 2, fontPx });
  }

  private paintBadge(context: Context, bullet: Bullet, repeats: number): void {
    const fontPx = bullet.fontPx * BADGE_SIZE;
    context.font = this.font(fontPx);
    context.textAlign = 'left';
    const y = bullet.height / 2 - fontPx * 0.3;
    this.paintText(context, { text: `×${repeats.toString()}`, color: '#ffd866', x: 1, y, fontPx });
  }

  private paintText(
    context: Context,
    line: { text: string; color: string; x: number; y: number; fontPx: number },
  ): void {
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    context.lineWidth = 2 * line.fontPx * OUTLINE * 0.6;
    context.strokeStyle = outlineFor(parseCanvasColor(line.color));
    context.strokeText(line.text, line.x, line.y);
    context.fillStyle = line.color;
    context.fillText(line.text, line.x, line.y);
  }

  /** The colour as a canvas understands it; what is no colour is white. */
  private resolve(color: string): string {
    let resolved = this.colors.get(color);
    if (resolved === undefined) {
      this.ruler.fillStyle = '#ffffff';
      this.ruler.fillStyle = color;
      resolved = typeof this.ruler.fillStyle === 'string' ? this.ruler.fillStyle : '#ffffff';
      if (this.colors.size >= 256) this.colors.clear();
      this.colors.set(color, resolved);
    }
    return resolved;
  }

  private font(fontPx: number): string {
    return `${WEIGHT.toString()} ${fontPx.toString()}px ${this.fontFamily}`;
  }
}

function bodyKey({ text, fontPx, height, style, priority }: Bullet): string {
  const color = style.color ?? style.fillStyle ?? '';
  const box = priority === 'own' ? 'own' : '';
  return [fontPx, height, color, style.background ?? '', box, text].join('\n');
}

/** Adds a box to the path, as wide as the sprite and in the middle of its height. */
function roundedBox(
  context: Context,
  box: { width: number; height: number; boxHeight: number; inset: number; radius: number },
): void {
  const { width, height, boxHeight, inset, radius } = box;
  const top = (height - boxHeight) / 2 + inset;
  context.beginPath();
  context.roundRect(inset, top, width - 2 * inset, boxHeight - 2 * inset, radius);
}
