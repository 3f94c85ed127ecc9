import { setImmediate as turnEnd } from 'node:timers/promises';
import { IngressLanes, type Waiting } from './ingress-lanes';

const LOADED_MAX = 500;
const entry = (id: string): Waiting => ({ id, pairs: [], attempts: 0, failingSince: null });

/** Lanes whose attempts and pauses end when the test says so. */
function create() {
  const attempts: { id: string; end: (againMs: number) => void }[] = [];
  const pauses: (() => void)[] = [];
  let isOver = false;
  const lanes = new IngressLanes({
    attempt: ({ id }) => new Promise((end) => attempts.push({ id, end })),
    pause: () => new Promise((end) => pauses.push(end)),
    isOver: () => isOver,
  });
  const under = () => attempts.map(({ id }) => id);
  const end = async (id: string, againMs = 0) => {
    const at = attempts.findIndex((it) => it.id === id);
    attempts.splice(at, 1)[0]!.end(againMs);
    await turnEnd();
  };
  const wake = async () => {
    for (const resume of pauses.splice(0)) resume();
    await turnEnd();
  };
  return { lanes, under, end, wake, stop: () => (isOver = true) };
}

it('takes one of a lane at a time, and lanes side by side', async () => {
  const { lanes, under, end } = create();
  for (const id of ['a1', 'a2', 'b1', 'b2']) lanes.add(id.charAt(0), entry(id));
  expect(under()).toEqual(['a1', 'b1']);
  await end('b1');
  expect(under()).toEqual(['a1', 'b2']);
  await end('b2');
  await end('a1');
  expect(under()).toEqual(['a2']);
  await end('a2');
  expect(lanes.free).toBe(LOADED_MAX);
});

it('tries one that failed again before those behind it', async () => {
  const { lanes, under, end, wake } = create();
  for (const id of ['a1', 'a2', 'b1']) lanes.add(id.charAt(0), entry(id));
  await end('a1', 100);
  expect(under()).toEqual(['b1']);
  await wake();
  expect(under()).toEqual(['b1', 'a1']);
  await end('a1');
  expect(under()).toEqual(['b1', 'a2']);
});

it('gives up the places of what waits behind one that failed', async () => {
  const { lanes, under, end, wake } = create();
  const waiting = Array.from({ length: LOADED_MAX }, (_, i) => entry(`a${String(i)}`));
  for (const it of waiting) lanes.add('a', it);
  expect(lanes.free).toBe(0);
  const settled = lanes.settled();
  await end('a0', 100);
  await settled;
  expect(lanes.free).toBe(LOADED_MAX);
  expect(waiting.every(({ pairs }) => pairs === null)).toBe(true);
  lanes.add('a', entry('late'));
  expect(lanes.free).toBe(LOADED_MAX);
  // What is tried again takes its place again.
  await wake();
  expect(lanes.free).toBe(LOADED_MAX - 1);
  await end('a0');
  expect(under()).toEqual(['a1']);
  expect(lanes.free).toBe(LOADED_MAX - 1);
});

it('finishes what is under way and begins nothing more when it is over', async () => {
  const { lanes, under, end, stop } = create();
  for (const id of ['a1', 'a2']) lanes.add('a', entry(id));
  stop();
  let isFinished = false;
  const finished = lanes.finished().then(() => (isFinished = true));
  await turnEnd();
  expect(isFinished).toBe(false);
  await end('a1');
  await finished;
  expect(under()).toEqual([]);
});
