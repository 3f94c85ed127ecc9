import type { Density } from '../settings';

interface DensityRule {
  /** Height of a lane, in parts of the normal font size. */
  lineHeight: number;
  /** Clear pixels between two comments of a lane, at text size 1. */
  gap: number;
  /** How many may be on screen: so many for each lane, and never more than `cap`. */
  perLane: number;
  cap: number;
}

export const DENSITY: Readonly<Record<Density, DensityRule>> = {
  sparse: { lineHeight: 1.6, gap: 160, perLane: 2, cap: 40 },
  normal: { lineHeight: 1.36, gap: 24, perLane: 9, cap: 180 },
  more: { lineHeight: 1.22, gap: 8, perLane: 11, cap: 240 },
  overlap: { lineHeight: 1.22, gap: 0, perLane: 14, cap: 300 },
};

/** The hard cap on screen. Comments below class 0 leave an eighth of it free for those of class 0. */
export function capFor(density: Density, lanes: number, rank: number): number {
  const rule = DENSITY[density];
  const cap = Math.min(rule.cap, rule.perLane * lanes);
  return rank === 0 ? cap : cap - Math.floor(cap / 8);
}
