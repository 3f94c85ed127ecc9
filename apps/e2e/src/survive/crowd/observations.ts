import { monitorEventLoopDelay } from 'node:perf_hooks';
import { waitedForCoreMs } from '../../testing/processes';
import { Latencies } from '../../bench/load/latencies';
import type { Told } from './wire';

/** How often the crowd looks whether it is late by itself. */
const LOOK_MS = 10;
const PROBLEMS_TOLD = 20;

/** What all viewers of a process observe. */
export class Observations {
  seen = new Latencies();
  omitted = 0;
  #aways: number[] = [];
  #losses: Record<string, number> = {};
  #failures: Record<string, number> = {};
  #welcomes: Record<string, number[]> = {};
  readonly #texts = new Map<string, Map<number, string>>();
  readonly #problems: string[] = [];
  readonly #delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  #cpu = process.cpuUsage();
  #waitedMs = waitedForCoreMs(process.pid);
  #began = performance.now();

  constructor() {
    this.#delay.enable();
  }

  /** What was observed before counts no more, but for what breaks the order. */
  begin(): void {
    this.seen = new Latencies();
    this.omitted = 0;
    this.#aways = [];
    this.#losses = {};
    this.#failures = {};
    this.#welcomes = {};
    this.#delay.reset();
    this.#cpu = process.cpuUsage();
    this.#waitedMs = waitedForCoreMs(process.pid);
    this.#began = performance.now();
  }

  lost(reason: string): void {
    this.#losses[reason] = (this.#losses[reason] ?? 0) + 1;
  }

  failed(reason: string): void {
    this.#failures[reason] = (this.#failures[reason] ?? 0) + 1;
  }

  back(afterMs: number): void {
    this.#aways.push(afterMs);
  }

  welcomed(gateway: string): void {
    (this.#welcomes[gateway] ??= []).push(performance.now() - this.#began);
  }

  /** Two viewers that see different texts under one number are a problem. */
  saw(room: string, seq: number, text: string): void {
    let texts = this.#texts.get(room);
    if (!texts) this.#texts.set(room, (texts = new Map<number, string>()));
    const known = texts.get(seq);
    if (known === undefined) texts.set(seq, text);
    else if (known !== text) this.problem(`${room}: ${String(seq)} is not the same to everybody`);
  }

  problem(text: string): void {
    if (this.#problems.length < PROBLEMS_TOLD) this.#problems.push(text);
  }

  tell(): Told {
    const { user, system } = process.cpuUsage(this.#cpu);
    const tookMs = performance.now() - this.#began;
    return {
      aways: this.#aways,
      losses: this.#losses,
      failures: this.#failures,
      welcomes: this.#welcomes,
      seen: this.seen.summary,
      omitted: this.omitted,
      problems: this.#problems,
      texts: Object.fromEntries([...this.#texts].map(([room, texts]) => [room, [...texts]])),
      cpuShare: (user + system) / 1_000 / tookMs,
      waitShare: (waitedForCoreMs(process.pid) - this.#waitedMs) / tookMs,
      lateMs: this.#delay.max / 1e6 - LOOK_MS,
    };
  }
}
