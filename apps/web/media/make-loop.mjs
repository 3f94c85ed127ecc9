// Records the scene of src/room/player/scene.ts into public/live: an fMP4 HLS loop of 15 segments of 2 s.
// media/loop.m3u8 is ffmpeg's own list of them, which a test holds against what src/app/live says.
// Needs Chromium and ffmpeg; run from the workspace's root: node apps/web/media/make-loop.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { chromium } from 'playwright-core';

const FPS = 25;
const SECONDS = 30;
const SEGMENT_SECONDS = 2;

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../public/live');
const source = await readFile(join(here, '../src/room/player/scene.ts'), 'utf8');
const { code } = await transform(source, {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'es6' },
});

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const gop = String(FPS * SEGMENT_SECONDS);
const ffmpeg = spawn(
  'ffmpeg',
  [
    ['-hide_banner', '-loglevel', 'error', '-y'],
    ['-f', 'image2pipe', '-framerate', String(FPS), '-c:v', 'png', '-i', 'pipe:0'],
    // Grain that stands still hides the banding of a dark gradient and costs next to nothing between key frames.
    ['-vf', 'noise=alls=2:allf=p,format=yuv420p'],
    ['-c:v', 'libx264', '-profile:v', 'main', '-preset', 'veryslow', '-tune', 'animation'],
    ['-b:v', '200k', '-maxrate', '420k', '-bufsize', '840k', '-aq-mode', '3'],
    // Without B-frames the first picture is at 0, so that the end of a round and the next beginning leave no hole.
    ['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', '0'],
    ['-f', 'hls', '-hls_time', String(SEGMENT_SECONDS), '-hls_playlist_type', 'vod'],
    ['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'init.mp4'],
    ['-hls_segment_filename', join(out, '%02d.m4s'), join(out, 'loop.m3u8')],
  ].flat(),
  { stdio: ['pipe', 'inherit', 'inherit'] },
);

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage();
  await page.setContent('<canvas id="picture" width="1280" height="720"></canvas>');
  await page.addScriptTag({
    type: 'module',
    content: `${code}\nwindow.draw = (timeMs) => {
      const canvas = document.getElementById('picture');
      drawScene(canvas.getContext('2d', { willReadFrequently: true }), timeMs);
      return canvas.toDataURL('image/png');
    };`,
  });
  await page.waitForFunction(() => 'draw' in window);
  for (let frame = 0; frame < FPS * SECONDS; frame += 1) {
    const url = await page.evaluate((timeMs) => window.draw(timeMs), (frame * 1000) / FPS);
    const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
    if (!ffmpeg.stdin.write(png)) await once(ffmpeg.stdin, 'drain');
  }
} finally {
  await browser.close();
  ffmpeg.stdin.end();
}
const [exitCode] = await once(ffmpeg, 'exit');
if (exitCode === 0) await rename(join(out, 'loop.m3u8'), join(here, 'loop.m3u8'));
process.exitCode = exitCode;
