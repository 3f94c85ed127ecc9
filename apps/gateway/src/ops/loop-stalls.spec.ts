import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../testing/until';
import { LoopStalls } from './loop-stalls';

const STALL_MS = 120;

let stalls: LoopStalls;
beforeEach(() => {
  stalls = new LoopStalls();
});
afterEach(() => {
  stalls.close();
});

function work(forMs: number): void {
  const end = performance.now() + forMs;
  while (performance.now() < end);
}

it('tells the longest stall of a busy event loop once', async () => {
  // Work in small pieces, so that it is watched.
  let told = 0;
  await until('it was watched', async () => {
    for (let n = 0; n < 100; n++) {
      work(4);
      await delay(1);
    }
    stalls.takeLongest();
    // The first tick after that is only where the next delay is counted from.
    await delay(30);
    work(STALL_MS);
    await delay(30);
    told = stalls.takeLongest();
    return told >= STALL_MS - 20;
  });
  // The machine may hold it up for as long, but not each time.
  await until('that is over', async () => {
    await delay(20);
    return stalls.takeLongest() < told;
  });
});

it('sees what is left of a stall that comes out of a quiet time when the beat is due', async () => {
  await delay(300);
  stalls.takeLongest();
  work(1_000);
  await delay(0);
  expect(stalls.takeLongest()).toBeGreaterThanOrEqual(300);
});

it('does not take a quiet time for a stall', async () => {
  let rounds = 0;
  // The machine may hold it up for as long, but not each time.
  await until('a quiet time that is none', async () => {
    for (let k = 0; k < 70; k++) {
      work(4);
      await delay(1);
    }
    stalls.takeLongest();
    await delay(1_200);
    // The machine may be busy: much less than the quiet time all the same.
    const isNone = stalls.takeLongest() < 600;
    return ++rounds >= 3 && isNone;
  });
});
