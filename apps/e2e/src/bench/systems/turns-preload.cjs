'use strict';
/*
 * Loaded into every Node of a cluster: notes the processor time that the main thread of a gateway takes from one tick to the next,
 * where that is long. See turns.ts.
 */
const { appendFileSync, readFileSync } = require('node:fs');
const { setInterval } = require('node:timers');
const { isMainThread } = require('node:worker_threads');

const GRAIN_MS = 10;
const WORTH_NOTING_MS = 15;

const { HUBBUB_BENCH_TURNS: file, GATEWAY_ID: gateway } = process.env;

if (file && gateway && isMainThread) {
  const { pid } = process;
  // The first number: ns on a processor (Linux, Documentation/scheduler/sched-stats).
  const ranMs = () =>
    Number(readFileSync(`/proc/self/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  let before = ranMs();
  setInterval(() => {
    const now = ranMs();
    if (now - before > WORTH_NOTING_MS) appendFileSync(file, `${now - before}\n`);
    before = now;
  }, GRAIN_MS).unref();
}
