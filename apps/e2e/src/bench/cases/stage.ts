import { setTimeout as delay } from 'node:timers/promises';
import type { LoadProcess } from '../load/load-process';
import type { Sent, Target, Viewed } from '../load/wire';
import type { HotFunction } from '../../testing/cpu-profile';
import type { RunningSystem, Stalls, System, Usage } from '../systems/system';
import type { Sizes } from './case';

/** Senders of a room: many, for that is what a room has. */
export const SENDERS = 50;

/** Code that has run a few thousand times is faster: that is how a server is after its first minute. */
const WARM_UP = { viewers: 10, perSecond: 500, seconds: 8 };
const WARM_UP_OUT = { perSecond: 100, seconds: 2 };
const WARM_ALREADY = { perSecond: 100, seconds: 0.3 };
/** Messages that come one by one run other code than those that come together. */
const WARM_UP_ONE_BY_ONE = { perSecond: 20, seconds: 10 };

/** At rest is a server that uses less than this share of a core for that long. */
const REST_SHARE = 0.03;
const REST_MS = 300;
const REST_WITHIN_MS = 6_000;

/**
 * After that as it is measured, until what was begun for the busier time is over: V8 gives memory back 20 to 80 s after a process has
 * become quiet, for 0.3 s of processor time: as much as some fifteen messages to 1,000 viewers.
 */
const WARM_UP_QUIET = { perSecond: 1, seconds: 90 };

/** What a measurement took, besides its result. */
export interface Used {
  /** In ms. */
  tookMs: number;
  serverCpuMs: number;
  /** For which it had work and no core; of several processes the mean. */
  serverWaitMs: number;
  redisCpuMs: number;
  databaseCpuMs: number;
  /** Null where the server does not say. */
  stalls: Stalls | null;
}

/** A CPU profile of what is measured. */
export interface Profiling {
  file: string;
  /** Told where the time went. */
  tell: (functions: HotFunction[]) => void;
}

interface StageParts {
  system: System;
  running: RunningSystem;
  load: LoadProcess;
  sizes: Sizes;
  progress: (text: string) => void;
  profile: Profiling | null;
}

/** A system that runs, its audience, and the clock beside it. */
export class Stage {
  #isWarm = false;
  /** As many viewers were sent to last. */
  #warmWith = 0;
  /** Of whom the audience is. */
  #watched = '';

  readonly system: System;
  readonly running: RunningSystem;
  readonly load: LoadProcess;
  readonly sizes: Sizes;
  /** Shows what is done now. */
  progress: (text: string) => void;
  readonly #profile: Profiling | null;

  constructor(parts: StageParts) {
    this.system = parts.system;
    this.running = parts.running;
    this.load = parts.load;
    this.sizes = parts.sizes;
    this.progress = parts.progress;
    this.#profile = parts.profile;
  }

  /** The system's, with as many of its rooms. */
  target(rooms = 1): Target {
    const { target } = this.running;
    return { ...target, rooms: target.rooms.slice(0, rooms) };
  }

  /** Resolves when there are so many viewers of these rooms, and no others. */
  async watch(target: Target, viewers: number): Promise<Viewed> {
    const watched = JSON.stringify([target.rooms, target.ports]);
    if (watched !== this.#watched) await this.load.close();
    this.#watched = watched;
    return this.load.view(target, viewers);
  }

  /** Resolves when nobody is connected any more, and the server has done with it. */
  async empty(): Promise<void> {
    this.#watched = '';
    await this.load.close();
    await this.rest();
  }

  /**
   * Sends before it is measured: at first few viewers and many messages, then to as many viewers as will be measured. The senders
   * stay: what is measured next opens no connection.
   */
  async warmUp(
    target: Target,
    { viewers, senders = SENDERS }: { viewers: number; senders?: number },
  ): Promise<void> {
    const send = ({ perSecond, seconds }: { perSecond: number; seconds: number }) => {
      // The quick run has no time for it.
      const shortened = this.#isQuick ? Math.min(1, seconds) : seconds;
      return this.load.send(target, { senders, perSecond, seconds: shortened, patienceSeconds: 5 });
    };
    this.progress('warms up');
    if (!this.#isWarm) {
      await this.watch(target, WARM_UP.viewers);
      await send(WARM_UP);
      this.#isWarm = true;
    }
    await this.watch(target, viewers);
    // With few viewers most of the work is in the messages, and what the cases before have warmed is not the same everywhere.
    const warmUpOut = viewers > WARM_UP.viewers ? WARM_UP_OUT : WARM_UP;
    await send(viewers === this.#warmWith ? WARM_ALREADY : warmUpOut);
    this.#warmWith = viewers;
    // Who was not given everything in time is not there any more.
    await this.watch(target, viewers);
    await this.rest();
  }

  /** Resolves when the server has nothing to do, or does not come to that in time. */
  async rest(): Promise<void> {
    const deadline = performance.now() + REST_WITHIN_MS;
    for (;;) {
      const before = this.running.usage().serverCpuMs;
      await delay(REST_MS);
      const share = (this.running.usage().serverCpuMs - before) / REST_MS;
      if (share < REST_SHARE || performance.now() > deadline) return;
    }
  }

  /** Runs what is measured. */
  async measure<T>(what: string, work: () => Promise<T>): Promise<{ result: T; used: Used }> {
    this.progress(what);
    const { running } = this;
    await running.stalls();
    const profile = this.#profile;
    const recording = profile && (await running.profile(profile.file));
    const before = running.usage();
    const began = performance.now();
    const result = await work();
    const used = difference(before, running.usage(), performance.now() - began);
    if (recording) profile.tell(await recording.end());
    return { result, used: { ...used, stalls: await running.stalls() } };
  }

  /**
   * Resolves when the server is as it is where it has been quiet for minutes. Once after a process has become quiet V8 collects its
   * garbage, thrice, and what runs once a second is compiled anew: that belongs to what it did before. The quick run has no time for it.
   */
  async becomeQuiet(target: Target): Promise<void> {
    if (this.#isQuick) return;
    this.progress('warms up, message by message');
    const load = { senders: SENDERS, patienceSeconds: PATIENCE_SECONDS };
    await this.load.send(target, { ...WARM_UP_ONE_BY_ONE, ...load });
    this.progress('warms up, a message a second');
    await this.load.send(target, { ...WARM_UP_QUIET, ...load });
    // Who was not given everything in time is not there any more, here neither.
    await this.watch(target, this.#warmWith);
  }

  get #isQuick(): boolean {
    return this.sizes.seconds === 1;
  }

  /** Sends by the clock to those who watch, measured. */
  send(target: Target, options: SendOptions): Promise<{ result: Sent; used: Used }> {
    return this.measure(`${String(options.perSecond)} messages a second`, () =>
      this.load.send(target, {
        seconds: this.sizes.seconds,
        senders: SENDERS,
        patienceSeconds: PATIENCE_SECONDS,
        ...options,
      }),
    );
  }
}

interface SendOptions {
  perSecond: number;
  seconds?: number;
  senders?: number;
  isEven?: boolean;
  patienceSeconds?: number;
}

/** What is not delivered by then, after the last message was due, shows that the server cannot keep up. */
const PATIENCE_SECONDS = 2;

function difference(before: Usage, after: Usage, tookMs: number): Omit<Used, 'stalls'> {
  return {
    tookMs,
    serverCpuMs: after.serverCpuMs - before.serverCpuMs,
    serverWaitMs: after.serverWaitMs - before.serverWaitMs,
    redisCpuMs: after.redisCpuMs - before.redisCpuMs,
    databaseCpuMs: after.databaseCpuMs - before.databaseCpuMs,
  };
}
