import { Turns } from './turns';

function busyFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('turns', () => {
  it('does all jobs, in the order in which they came', async () => {
    const turns = new Turns();
    const done: number[] = [];
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 100; i++) turns.add(() => done.push(i));
      turns.add(() => {
        // What is added by a job comes behind those that wait.
        turns.add(resolve);
        done.push(100);
      });
      turns.add(() => done.push(101));
    });
    expect(done).toEqual(Array.from({ length: 102 }, (_, i) => i));
  });

  it.each<[string, (work: () => void) => () => void]>([
    ['in jobs', (work) => work],
    ['in what follows from their promises', (work) => () => void Promise.resolve().then(work)],
  ])('lets others have the event loop in between, however much is done %s', async (_, toJob) => {
    const turns = new Turns();
    let left = 20;
    let most = 0;
    let leftBefore = left;
    const watch = () => {
      most = Math.max(most, leftBefore - left);
      leftBefore = left;
      if (left > 0) setImmediate(watch);
    };
    const job = toJob(() => {
      busyFor(5);
      left--;
    });
    for (let i = 0; i < 20; i++) turns.add(job);
    setImmediate(watch);
    while (left > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    // At 5 ms each none but the first fits into a turn.
    expect(most).toBeLessThanOrEqual(2);
  });

  it('does fewer jobs in a turn that has much else to do', async () => {
    const turns = new Turns();
    let done = 0;
    for (let i = 0; i < 200; i++) {
      turns.add(() => {
        busyFor(0.2);
        done++;
      });
    }
    const inTurns: number[] = [];
    await new Promise<void>((resolve) => {
      const doElse = () => {
        const before = done;
        busyFor(6);
        setImmediate(() => {
          inTurns.push(done - before);
          if (done < 200) setTimeout(doElse);
          else resolve();
        });
      };
      doElse();
    });
    // They are of 0.2 ms and have 1 ms. In the first turn nothing was waiting before.
    expect(Math.max(...inTurns.slice(1))).toBeLessThanOrEqual(6);
  });

  it('is free while a turn has time left and nothing waits', async () => {
    let turns: Turns;
    let tookMs: number;
    let answers: boolean[];
    // The machine may hold it up for as long as a turn, but not each time.
    do {
      const startedAt = performance.now();
      turns = new Turns();
      answers = [turns.isFree(), turns.isFree()];
      tookMs = performance.now() - startedAt;
    } while (tookMs > 1);
    expect(answers).toEqual([true, true]);
    busyFor(15);
    expect(turns.isFree()).toBe(false);
    await new Promise<void>((resolve) => {
      turns.add(resolve);
      expect(turns.isFree()).toBe(false);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(turns.isFree()).toBe(true);
  });
});
