import { setTimeout as delay } from 'node:timers/promises';

/** Asks every `everyMs` until it is so, or `withinMs` are over. Whether it is so. */
export async function becomes(
  question: () => boolean | Promise<boolean>,
  { withinMs, everyMs = 50 }: { withinMs: number; everyMs?: number },
): Promise<boolean> {
  const end = Date.now() + withinMs;
  for (;;) {
    if (await question()) return true;
    if (Date.now() >= end) return false;
    await delay(everyMs);
  }
}
