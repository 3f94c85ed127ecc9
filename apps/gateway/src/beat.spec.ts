import { until } from './testing/until';
import { onBeat } from './beat';

const EVERY_MS = 40;

it('beats at most once for each multiple, whenever it was begun, until it is ended', async () => {
  const beats: number[][] = [[], []];
  const ends: (() => void)[] = [];
  for (const own of beats) {
    const end = onBeat(EVERY_MS, () => own.push(Math.round(performance.now() / EVERY_MS)));
    ends.push(end);
    await until('it beats', () => own.length > 0);
  }
  await until('both have beaten often', () => beats.every((own) => own.length >= 10));
  for (const end of ends) end();
  const counts = beats.map((own) => own.length);
  for (const own of beats) expect(new Set(own).size).toBe(own.length);
  await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
  expect(beats.map((own) => own.length)).toEqual(counts);
});
