import type { DanmakuComment } from '../comment';
import { DEFAULT_SETTINGS, mergeSettings, type DanmakuSettings } from '../settings';
import type { Bullet } from './bullet';
import { Screen } from './screen';

export const FRAME_MS = 1000 / 60;

/** As wide as it says: `'w300 a'` takes 300 px at the normal size of a 720 px high screen, anything else 100. */
function measure(text: string, fontPx: number): number {
  return (Number(/^w(\d+)/.exec(text)?.[1] ?? 100) * fontPx) / 24;
}

export function newScreen(settings: Partial<DanmakuSettings> = {}): Screen {
  const screen = new Screen(measure, settings);
  screen.resize({ width: 1280, height: 720 });
  return screen;
}

export function settings(changes: Partial<DanmakuSettings>): DanmakuSettings {
  return mergeSettings(DEFAULT_SETTINGS, changes);
}

export interface Shown {
  bullet: Bullet;
  text: string;
  left: number;
  top: number;
}

export function shown(screen: Screen): Shown[] {
  const list: Shown[] = [];
  screen.eachInDrawOrder((bullet, left, top) =>
    list.push({ bullet, text: bullet.text, left, top }),
  );
  return list;
}

export function texts(screen: Screen): string[] {
  return shown(screen).map(({ text }) => text);
}

export function addAll(screen: Screen, comments: readonly DanmakuComment[]): void {
  for (const comment of comments) screen.add(comment);
}
