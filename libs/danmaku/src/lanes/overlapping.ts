import type { Bullet } from './bullet';

/** How many bullets cover another one of their kind of lane, the room for ×N not counted. */
export function overlapping(
  bullets: readonly Bullet[],
  leftOf: (bullet: Bullet) => number,
): number {
  const boxes = bullets.map((bullet) => ({ bullet, left: leftOf(bullet) }));
  const covers = (a: (typeof boxes)[number], b: (typeof boxes)[number]): boolean =>
    a.bullet.motion === b.bullet.motion &&
    a.bullet.lane < b.bullet.lane + b.bullet.span &&
    b.bullet.lane < a.bullet.lane + a.bullet.span &&
    a.left < b.left + b.bullet.width &&
    b.left < a.left + a.bullet.width;
  return boxes.filter((a) => boxes.some((b) => a !== b && covers(a, b))).length;
}
