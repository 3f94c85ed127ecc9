import { setTimeout as delay } from 'node:timers/promises';

/** Resolves with the first truthy value of `look`. @throws {Error} naming `what` where there is none within `withinMs`. */
export async function until<T>(what: string, look: () => T | Promise<T>, withinMs = 20_000) {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (performance.now() > giveUpAt) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await delay(10);
  }
}
