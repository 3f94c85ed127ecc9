/**
 * A bay at night, drawn from the time alone. It is the picture of a room that has no stream: recorded into the HLS loop by
 * media/make-loop.mjs, and drawn live where the browser cannot decode that. Every motion in it has a whole number of periods
 * in `SCENE_LOOP_MS`, so the end joins the beginning.
 */
const SCENE_LOOP_MS = 30_000;
export const SCENE_WIDTH = 1280;
export const SCENE_HEIGHT = 720;

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const HORIZON = 470;
const TURN = Math.PI * 2;

/** Draws the moment `timeMs` on a context whose space is 1280 by 720. */
export function drawScene(context: Context, timeMs: number): void {
  const phase = (((timeMs % SCENE_LOOP_MS) + SCENE_LOOP_MS) % SCENE_LOOP_MS) / SCENE_LOOP_MS;
  drawSky(context, phase);
  drawAurora(context, phase);
  drawMoon(context);
  drawHills(context);
  drawCity(context, phase);
  drawWater(context, phase);
  drawLanterns(context, phase);
  drawBridge(context, phase);
}

function drawSky(context: Context, phase: number): void {
  const sky = context.createLinearGradient(0, 0, 0, HORIZON);
  sky.addColorStop(0, '#0a1030');
  sky.addColorStop(0.45, '#1b2156');
  sky.addColorStop(0.8, '#45336f');
  sky.addColorStop(1, '#a3557a');
  context.fillStyle = sky;
  context.fillRect(0, 0, SCENE_WIDTH, HORIZON);
  for (let i = 0; i < 90; i += 1) {
    const twinkle = 0.55 + 0.45 * Math.sin(TURN * (phase * (2 + (i % 5)) + random(i, 1)));
    context.fillStyle = `rgba(240, 244, 255, ${(twinkle * (0.35 + random(i, 2) * 0.5)).toFixed(3)})`;
    const size = 1 + random(i, 3) * 1.6;
    context.fillRect(random(i, 4) * SCENE_WIDTH, random(i, 5) ** 1.5 * 330, size, size);
  }
}

const RIBBONS = [
  { base: 150, height: 130, color: '74, 222, 190', speed: 1, swing: 38 },
  { base: 205, height: 110, color: '96, 150, 255', speed: -1, swing: 30 },
  { base: 120, height: 90, color: '190, 120, 255', speed: 1, swing: 44 },
] as const;

/** Curtains of light: narrow vertical strips, bright at their foot, that follow slow waves. */
function drawAurora(context: Context, phase: number): void {
  context.save();
  context.globalCompositeOperation = 'lighter';
  const step = 8;
  for (const [index, ribbon] of RIBBONS.entries()) {
    for (let x = 0; x < SCENE_WIDTH; x += step) {
      const along = x / SCENE_WIDTH;
      const wave =
        Math.sin(TURN * (along * 1.3 + ribbon.speed * phase + index / 3)) +
        0.5 * Math.sin(TURN * (along * 2.7 - ribbon.speed * 2 * phase + index / 5));
      const foot = ribbon.base + wave * ribbon.swing + 40;
      const glow = 0.5 + 0.5 * Math.sin(TURN * (along * 2 + index * 0.4 + phase * ribbon.speed));
      const edge = Math.sin(Math.PI * along);
      const strip = context.createLinearGradient(0, foot - ribbon.height, 0, foot);
      strip.addColorStop(0, `rgba(${ribbon.color}, 0)`);
      strip.addColorStop(0.85, `rgba(${ribbon.color}, ${(0.3 * glow * edge).toFixed(3)})`);
      strip.addColorStop(1, `rgba(${ribbon.color}, 0)`);
      context.fillStyle = strip;
      context.fillRect(x, foot - ribbon.height, step, ribbon.height);
    }
  }
  context.restore();
}

const MOON = { x: 930, y: 150, radius: 46 } as const;

function drawMoon(context: Context): void {
  const halo = context.createRadialGradient(MOON.x, MOON.y, 30, MOON.x, MOON.y, 190);
  halo.addColorStop(0, 'rgba(255, 236, 200, 0.34)');
  halo.addColorStop(0.4, 'rgba(255, 236, 200, 0.1)');
  halo.addColorStop(1, 'rgba(255, 236, 200, 0)');
  context.fillStyle = halo;
  context.fillRect(MOON.x - 190, MOON.y - 190, 380, 380);
  context.fillStyle = '#ffeccc';
  disc(context, MOON.x, MOON.y, MOON.radius);
  context.fillStyle = 'rgba(214, 178, 150, 0.35)';
  disc(context, MOON.x - 14, MOON.y - 10, 11);
  disc(context, MOON.x + 16, MOON.y + 12, 15);
  disc(context, MOON.x + 12, MOON.y - 22, 6);
}

const HILLS = [
  { color: '#4a3a72', top: 372, rise: 52, waves: 1.4, shift: 0.1 },
  { color: '#332c5e', top: 408, rise: 36, waves: 2.3, shift: 0.55 },
] as const;

function drawHills(context: Context): void {
  for (const hill of HILLS) {
    context.fillStyle = hill.color;
    context.beginPath();
    context.moveTo(0, HORIZON);
    for (let x = 0; x <= SCENE_WIDTH; x += 20) {
      const along = x / SCENE_WIDTH;
      const height =
        Math.sin(TURN * (along * hill.waves + hill.shift)) +
        0.45 * Math.sin(TURN * (along * hill.waves * 2.6 + hill.shift * 3));
      context.lineTo(x, hill.top - height * hill.rise);
    }
    context.lineTo(SCENE_WIDTH, HORIZON);
    context.fill();
  }
}

interface Tower {
  x: number;
  width: number;
  height: number;
  columns: number;
  rows: number;
}

const TOWERS: readonly Tower[] = Array.from({ length: 26 }, (_, i) => {
  const width = 34 + Math.floor(random(i, 7) * 34);
  const middle = 1 - Math.abs(i - 9) / 18;
  const height = 46 + Math.floor((0.35 + random(i, 8) * 0.65) * Math.max(0.2, middle) * 190);
  return {
    x: i * 50 - 12 + Math.floor(random(i, 9) * 14),
    width,
    height,
    columns: Math.floor((width - 8) / 9),
    rows: Math.floor((height - 12) / 14),
  };
});

const WINDOW_COLORS = ['#ffd58a', '#ffe9bf', '#9fd8ff', '#ffb37a'] as const;

function drawCity(context: Context, phase: number): void {
  for (const [i, tower] of TOWERS.entries()) {
    const top = HORIZON - tower.height;
    context.fillStyle = i % 3 === 0 ? '#191b3d' : '#14152f';
    context.fillRect(tower.x, top, tower.width, tower.height);
    drawWindows(context, { tower, index: i, phase });
    if (tower.height < 170) continue;
    context.fillStyle = '#14152f';
    context.fillRect(tower.x + tower.width / 2 - 1, top - 24, 2, 24);
    const beacon = Math.max(0, Math.sin(TURN * (phase * 15 + random(i, 10))));
    context.fillStyle = `rgba(255, 92, 92, ${beacon.toFixed(2)})`;
    disc(context, tower.x + tower.width / 2, top - 25, 2.6);
  }
}

function drawWindows(
  context: Context,
  { tower, index, phase }: { tower: Tower; index: number; phase: number },
): void {
  for (let row = 0; row < tower.rows; row += 1) {
    for (let column = 0; column < tower.columns; column += 1) {
      const cell = index * 1000 + row * 40 + column;
      if (random(cell, 11) > 0.42) continue;
      // A few windows go dark for a part of the loop, each at its own time.
      const away = random(cell, 12) < 0.12 && (phase + random(cell, 13)) % 1 < 0.4;
      if (away) continue;
      context.globalAlpha = 0.45 + random(cell, 14) * 0.5;
      context.fillStyle = WINDOW_COLORS[cell % WINDOW_COLORS.length] ?? WINDOW_COLORS[0];
      context.fillRect(tower.x + 5 + column * 9, HORIZON - tower.height + 9 + row * 14, 4, 6);
    }
  }
  context.globalAlpha = 1;
}

function drawWater(context: Context, phase: number): void {
  const water = context.createLinearGradient(0, HORIZON, 0, SCENE_HEIGHT);
  water.addColorStop(0, '#5c3b6d');
  water.addColorStop(0.18, '#2c2857');
  water.addColorStop(1, '#0b0f2a');
  context.fillStyle = water;
  context.fillRect(0, HORIZON, SCENE_WIDTH, SCENE_HEIGHT - HORIZON);
  // Light on the water: strokes below each tower and the moon that sway and breathe.
  for (const [i, tower] of TOWERS.entries()) {
    if (i % 2 === 1 && tower.height < 120) continue;
    const color = WINDOW_COLORS[i % WINDOW_COLORS.length] ?? WINDOW_COLORS[0];
    drawGlints(context, {
      x: tower.x + tower.width / 2,
      length: Math.min(200, tower.height),
      width: tower.width * 0.55,
      color,
      strength: 0.2,
      seed: i,
      phase,
    });
  }
  drawGlints(context, {
    x: MOON.x,
    length: 240,
    width: 110,
    color: '#ffeccc',
    strength: 0.5,
    seed: 99,
    phase,
  });
}

function drawGlints(
  context: Context,
  glints: {
    x: number;
    length: number;
    width: number;
    color: string;
    strength: number;
    seed: number;
    phase: number;
  },
): void {
  const { x, length, width, color, strength, seed, phase } = glints;
  context.fillStyle = color;
  for (let depth = 4; depth < length; depth += 9) {
    const row = seed * 50 + depth;
    const sway = Math.sin(TURN * (phase * (4 + (depth % 3)) + random(row, 20))) * (3 + depth / 18);
    const breath = 0.6 + 0.4 * Math.sin(TURN * (phase * 6 + random(row, 21)));
    const wide = width * (0.35 + random(row, 22) * 0.65) * breath;
    context.globalAlpha = strength * breath * (1 - depth / length);
    context.fillRect(x + sway - wide / 2, HORIZON + depth, wide, 3);
  }
  context.globalAlpha = 1;
}

const BRIDGE_Y = 566;

/** A low viaduct across the bay, and a train with lit windows that crosses once in a loop. */
function drawBridge(context: Context, phase: number): void {
  context.fillStyle = '#0a0c22';
  context.fillRect(0, BRIDGE_Y, SCENE_WIDTH, 9);
  for (let x = 40; x < SCENE_WIDTH; x += 160) {
    context.fillRect(x, BRIDGE_Y + 9, 12, 60);
    context.fillRect(x - 6, BRIDGE_Y + 9, 24, 5);
  }
  for (let x = 0; x < SCENE_WIDTH; x += 80) {
    context.fillStyle = '#0a0c22';
    context.fillRect(x + 39, BRIDGE_Y - 34, 2, 34);
    context.fillStyle = '#ffdca0';
    disc(context, x + 40, BRIDGE_Y - 35, 2.4);
  }
  drawTrain(context, (phase - 0.12) / 0.55);
}

function drawTrain(context: Context, way: number): void {
  if (way < 0 || way > 1) return;
  const carriages = 5;
  const length = 116;
  const head = -20 + way * (SCENE_WIDTH + carriages * length + 40);
  for (let i = 0; i < carriages; i += 1) {
    const left = head - (i + 1) * length;
    context.fillStyle = '#20244f';
    context.beginPath();
    context.roundRect(left, BRIDGE_Y - 24, length - 4, 23, 5);
    context.fill();
    context.fillStyle = '#e0567f';
    context.fillRect(left + 3, BRIDGE_Y - 7, length - 10, 3);
    context.fillStyle = '#ffe6b0';
    for (let pane = 0; pane < 6; pane += 1) {
      context.fillRect(left + 9 + pane * 17, BRIDGE_Y - 19, 11, 8);
    }
  }
  const beam = context.createLinearGradient(head, 0, head + 90, 0);
  beam.addColorStop(0, 'rgba(255, 236, 190, 0.5)');
  beam.addColorStop(1, 'rgba(255, 236, 190, 0)');
  context.fillStyle = beam;
  context.beginPath();
  context.moveTo(head - 4, BRIDGE_Y - 12);
  context.lineTo(head + 90, BRIDGE_Y - 22);
  context.lineTo(head + 90, BRIDGE_Y);
  context.fill();
}

/** Paper lanterns that rise from the water and swing; each has faded in and out by the time it begins again. */
function drawLanterns(context: Context, phase: number): void {
  for (let i = 0; i < 14; i += 1) {
    const life = (phase + random(i, 30)) % 1;
    const near = 0.5 + random(i, 31) * 0.8;
    const x = 60 + random(i, 32) * 1160 + Math.sin(TURN * (life * 2 + random(i, 33))) * 22 * near;
    const y = 610 - life * (430 + near * 80);
    const fade = Math.min(1, life * 6, (1 - life) * 4);
    const glow = context.createRadialGradient(x, y, 1, x, y, 30 * near);
    glow.addColorStop(0, `rgba(255, 178, 92, ${(0.55 * fade).toFixed(3)})`);
    glow.addColorStop(1, 'rgba(255, 178, 92, 0)');
    context.fillStyle = glow;
    context.fillRect(x - 30 * near, y - 30 * near, 60 * near, 60 * near);
    context.globalAlpha = fade;
    context.fillStyle = '#ffb45f';
    context.beginPath();
    context.roundRect(x - 6 * near, y - 8 * near, 12 * near, 16 * near, 4 * near);
    context.fill();
    context.fillStyle = '#fff0c8';
    disc(context, x, y + 3 * near, 2.6 * near);
    context.globalAlpha = 1;
  }
}

function disc(context: Context, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, TURN);
  context.fill();
}

/** The same number from 0 to 1 for the same index and use, in every browser and run. */
function random(index: number, use: number): number {
  let n = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(use + 1, 0x85ebca6b);
  n = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d);
  n = Math.imul(n ^ (n >>> 12), 0x297a2d39);
  return ((n ^ (n >>> 15)) >>> 0) / 0x1_0000_0000;
}
