/** Each step shows more at once; only `overlap` lets comments of one lane cover each other. */
export type Density = 'sparse' | 'normal' | 'more' | 'overlap';

export interface DanmakuSettings {
  enabled: boolean;
  /** 0 to 1. */
  opacity: number;
  /** Multiplier, 0.25 to 4. */
  speed: number;
  /** Multiplier of the text's size, 0.5 to 2. */
  size: number;
  /** The part of the picture's height, from the top, that comments may cover. */
  area: 0.25 | 0.5 | 0.75 | 1;
  density: Density;
  /** Comments appear in their lanes and stand still. */
  reducedMotion: boolean;
  /** Whole-pixel positions and every second frame. */
  lowPower: boolean;
}

export const DEFAULT_SETTINGS: Readonly<DanmakuSettings> = {
  enabled: true,
  opacity: 1,
  speed: 1,
  size: 1,
  area: 1,
  density: 'normal',
  reducedMotion: false,
  lowPower: false,
};

/** Returns `base` with `changes` over it, numbers brought into their ranges and NaN passed over. */
export function mergeSettings(
  base: Readonly<DanmakuSettings>,
  changes: Partial<DanmakuSettings>,
): DanmakuSettings {
  const merged = { ...base, ...changes };
  return {
    ...merged,
    opacity: within(merged.opacity, 0, 1, base.opacity),
    speed: within(merged.speed, 0.25, 4, base.speed),
    size: within(merged.size, 0.5, 2, base.size),
  };
}

function within(value: number, low: number, high: number, otherwise: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise;
}
