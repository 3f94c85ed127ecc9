import { until } from './testing/until';
import { nextBeat, onBeat } from './beat';

const EVERY_MS = 40;

/** How many multiples there are from one time to another. */
const multiples = (from: number, to: number) =>
  Math.floor(to / EVERY_MS) - Math.ceil(from / EVERY_MS) + 1;

it('beats at most once for each multiple, whenever it was begun, until it is ended', async () => {
  const beats: number[][] = [[], []];
  const ends: (() => void)[] = [];
  const begunAt: number[] = [];
  for (const own of beats) {
    begunAt.push(performance.now());
    const end = onBeat(EVERY_MS, () => own.push(performance.now()));
    ends.push(end);
    await until('it beats', () => own.length > 0);
  }
  await until('both have beaten often', () => beats.every((own) => own.length >= 10));
  for (const end of ends) end();
  const counts = beats.map((own) => own.length);
  // One that is late is not told from the next one by its time, but leaves no room for another. A timer may fire a moment early.
  for (const [i, own] of beats.entries()) {
    const from = (begunAt[i] ?? 0) + EVERY_MS / 2 - 1;
    expect(own.length).toBeLessThanOrEqual(multiples(from, (own.at(-1) ?? 0) + 2));
  }
  await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
  expect(beats.map((own) => own.length)).toEqual(counts);
});

it('waits for the next beat, and no longer than its signal', async () => {
  const ending = new AbortController();
  await nextBeat(EVERY_MS, ending.signal);
  const waits = nextBeat(1_000_000, ending.signal);
  ending.abort();
  await waits;
  await nextBeat(1_000_000, ending.signal);
});
