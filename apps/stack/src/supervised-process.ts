import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LogFile } from './log-file';
import { identify, signalGroup, type ProcessId } from './process-id';

/** How one process is run. */
export interface Plan {
  /** For logs and messages; unique within a supervisor. */
  name: string;
  command: string;
  args: string[];
  /** All of it: nothing is added. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Whether it serves. Asked every 50 ms while it starts; throwing counts as no. */
  isReady: () => Promise<boolean>;
  /** How long the first start may take. */
  readyWithinMs?: number;
  stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  stopWithinMs?: number;
}

export interface Surroundings {
  dir: string;
  /** Tells whoever looks on, in one line. */
  say: (line: string) => void;
  /** A process came or went. */
  changed: () => void;
}

/** A process could not be kept running. `lines` are its last words. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';

  constructor(
    message: string,
    readonly lines: string[],
  ) {
    super(message);
  }
}

type Exit = { code: number | null; signal: NodeJS.Signals | null };

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5000;
/** Who lived this long starts over with the shortest backoff. */
const GOOD_LIFE_MS = 10_000;
/** Who dies this often in a row without ever having served, each time within `GOOD_LIFE_MS`, is given up. */
const FRUITLESS_STARTS = 6;
/** EX_CONFIG of sysexits.h: the settings are wrong, and another start cannot help. */
const EXIT_CONFIG = 78;

/**
 * One process that is started again whenever it ends by itself: at the same place, after 100 ms at first and 5 s at most.
 * It leads a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone and the order of stopping
 * holds, and so that nothing it started outlives it.
 */
export class SupervisedProcess {
  private child: ChildProcess | null = null;
  private current: ProcessId | null = null;
  private readonly stopped = new AbortController();
  private ended: Promise<void> = Promise.resolve();
  private readonly log: LogFile;

  constructor(
    readonly plan: Plan,
    private readonly around: Surroundings,
  ) {
    this.log = new LogFile(around.dir, plan.name);
  }

  /** Null while it is down. */
  get id(): ProcessId | null {
    return this.current;
  }

  /**
   * Starts it, and keeps it running from then on. Resolves when it serves.
   *
   * @param gaveUp is called if it has to be given up later.
   * @throws {GaveUp} where it ends before it ever served, or does not serve in time.
   */
  async start(gaveUp: (error: GaveUp) => void): Promise<void> {
    const withinMs = this.plan.readyWithinMs ?? 30_000;
    const exit = this.spawn();
    this.ended = exit.then(() => undefined);
    const timer = new AbortController();
    const first = await Promise.race<Exit | 'ready' | 'late'>([
      exit,
      this.serves().then<'ready' | Exit>((it) => (it ? 'ready' : exit)),
      delay(withinMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const),
    ]);
    timer.abort();
    if (first === 'ready' || this.stopped.signal.aborted) {
      this.ended = this.keep(exit, gaveUp);
      return;
    }
    const why = first === 'late' ? `does not serve after ${inSeconds(withinMs)}` : how(first);
    const error = this.giveUp(why);
    await this.stop();
    throw error;
  }

  /** Asks it to end, and makes it after `stopWithinMs`. Resolves when it and its group are gone. */
  async stop(): Promise<void> {
    this.stopped.abort();
    if (this.child?.pid !== undefined)
      signalGroup(this.child.pid, this.plan.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => {
      this.around.say(`${this.plan.name} does not stop: killed`);
      this.kill();
    }, this.plan.stopWithinMs ?? 10_000);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  kill(): void {
    this.stopped.abort();
    if (this.child?.pid !== undefined) signalGroup(this.child.pid, 'SIGKILL');
  }

  private async keep(first: Promise<Exit>, gaveUp: (error: GaveUp) => void): Promise<void> {
    let exit = first;
    let startedAt = Date.now();
    let hasServed = true;
    let backoffMs = BACKOFF_FIRST_MS;
    let fruitless = 0;
    for (;;) {
      const result = await exit;
      if (this.stopped.signal.aborted) return;
      const lived = Date.now() - startedAt;
      if (lived >= GOOD_LIFE_MS) backoffMs = BACKOFF_FIRST_MS;
      fruitless = hasServed || lived >= GOOD_LIFE_MS ? 0 : fruitless + 1;
      if (result.code === EXIT_CONFIG || fruitless >= FRUITLESS_STARTS) {
        const often = result.code === EXIT_CONFIG ? '' : `, ${String(fruitless)} times in a row`;
        gaveUp(this.giveUp(how(result) + often));
        return;
      }
      this.around.say(
        `${this.plan.name} ${how(result)}; it is started again in ${inSeconds(backoffMs)}`,
      );
      await delay(backoffMs, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      // `stop` may have come in the meantime.
      if (this.isStopped()) return;
      backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS);
      startedAt = Date.now();
      hasServed = false;
      exit = this.spawn();
      void this.serves().then((it) => {
        if (!it) return;
        hasServed = true;
        this.around.say(`${this.plan.name} serves again`);
      });
    }
  }

  private spawn(): Promise<Exit> {
    const { command, args, env, cwd, name } = this.plan;
    const output = this.log.open();
    const child = spawn(command, args, {
      env,
      ...(cwd !== undefined && { cwd }),
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child = child;
    this.current = child.pid === undefined ? null : identify(child.pid);
    this.around.changed();
    return new Promise((resolve) => {
      const over = (exit: Exit) => {
        if (this.child !== child) return;
        // What it started goes with it: a worker that lived on would keep the port from the next one.
        if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
        this.child = null;
        this.current = null;
        this.around.changed();
        resolve(exit);
      };
      child.once('exit', (code, signal) => {
        over({ code, signal });
      });
      child.once('error', (error) => {
        this.around.say(`${name}: ${error.message}`);
        if (child.pid === undefined) over({ code: null, signal: null });
      });
    });
  }

  /** True once the present child serves, false when it is gone. */
  private async serves(): Promise<boolean> {
    const { child } = this;
    while (child !== null && this.child === child) {
      if (await this.plan.isReady().catch(() => false)) return this.child === child;
      await delay(50);
    }
    return false;
  }

  private isStopped(): boolean {
    return this.stopped.signal.aborted;
  }

  private giveUp(why: string): GaveUp {
    const message = `${this.plan.name} ${why}. Its log: ${this.log.path}`;
    return new GaveUp(message, this.log.tail(5));
  }
}

function how({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? 'could not be started' : `ended with exit code ${String(code)}`;
}

function inSeconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}
