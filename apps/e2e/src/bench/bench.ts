import type { Case, Needs, Outcome, Sizes } from './cases/case';
import { Stage, type Profiling } from './cases/stage';
import { LoadProcess } from './load/load-process';
import type { RunningSystem, System } from './systems/system';

export interface BenchOptions {
  cases: readonly Case[];
  systems: readonly System[];
  rounds: number;
  sizes: Sizes;
  /** What is done now, and how much of all has been done, from 0 to 1. */
  progress: (text: string, share: number) => void;
  /** Where the peers are, or are to be installed. */
  peersDir?: string;
  profile?: Profiling;
  /** Ends the run. */
  signal: AbortSignal;
}

/** All rounds of one system in one case. */
export interface SystemRecord {
  system: System;
  /** What could not be measured, because the system did not start or ended, is none. */
  rounds: Outcome[];
  /** Why there are fewer than there should be. */
  failures: string[];
}

export interface CaseResult {
  case: Case;
  records: SystemRecord[];
}

/** Cases that are asked of one running system. */
interface Session {
  needs: Needs;
  cases: Case[];
}

/** Senders with tokens of their own. */
const TOKENS = 60;

/** Asks the systems by turns, each by itself on the machine, and stops all that it has started. */
export class Bench {
  readonly #running: { stop: () => Promise<void> }[] = [];
  readonly #results: CaseResult[];
  #stopping = Promise.resolve();
  #done = 0;

  constructor(private readonly options: BenchOptions) {
    const { cases, systems } = options;
    this.#results = cases.map((asked) => ({
      case: asked,
      records: systems
        .filter((system) => asked.isFor(system))
        .map((system) => ({ system, rounds: [], failures: [] })),
    }));
  }

  /**
   * Nothing runs any more when it ends, however it does.
   *
   * @throws {Error} where it is ended by its signal.
   */
  async run(): Promise<CaseResult[]> {
    const { signal } = this.options;
    // Who waits for something that runs waits no longer.
    const stop = () => void this.#stopAll();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#askAll();
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#stopAll();
    }
    return this.#results;
  }

  async #askAll(): Promise<void> {
    const { cases, systems, rounds } = this.options;
    const sessions = sessionsOf(cases);
    for (let round = 1; round <= rounds; round++) {
      for (const { needs, cases: asked } of sessions) {
        for (const system of systems) {
          const its = asked.filter((it) => it.isFor(system));
          if (its.length > 0) await this.#session(system, { needs, cases: its }, round);
        }
      }
    }
  }

  async #session(system: System, { needs, cases }: Session, round: number): Promise<void> {
    let stage: Stage | null = null;
    // One that does not start is not tried again for each case.
    let canStart = true;
    const options = {
      ...needs,
      rooms: Math.max(...cases.map(({ rooms }) => rooms)),
    };
    for (const asked of cases) {
      const record = this.#record(asked, system);
      const where = `round ${String(round)} of ${String(this.options.rounds)}, ${system.name}, ${asked.id}: `;
      const progress = (text: string) => {
        this.options.progress(where + text, this.#done / this.#total);
      };
      try {
        if (!canStart) throw new Error('it did not start before');
        if (!stage) {
          canStart = false;
          stage = await this.#start(system, options, progress);
          canStart = true;
        }
        stage.progress = progress;
        record?.rounds.push(await asked.measure(stage));
        if (!stage.running.isAlive()) throw new Error('the server has ended by itself');
      } catch (error) {
        this.options.signal.throwIfAborted();
        record?.failures.push(error instanceof Error ? error.message : String(error));
        // The next case gets a server of its own.
        stage = null;
        await this.#stopAll();
      }
      this.#done++;
    }
    await this.#stopAll();
    this.options.signal.throwIfAborted();
  }

  async #start(
    system: System,
    needs: Needs & { rooms: number },
    progress: (text: string) => void,
  ): Promise<Stage> {
    progress('starts');
    const { profile, sizes, peersDir, signal } = this.options;
    const running: RunningSystem = await system.start({
      ...needs,
      senders: TOKENS,
      ...(peersDir !== undefined && { peersDir }),
      signal,
      progress,
    });
    this.#running.push(running);
    const load = new LoadProcess();
    this.#running.push(load);
    signal.throwIfAborted();
    return new Stage({ system, running, load, sizes, progress, profile: profile ?? null });
  }

  /** In reverse order, one at a time. */
  #stopAll(): Promise<void> {
    this.#stopping = this.#stopping.then(async () => {
      for (let next = this.#running.pop(); next; next = this.#running.pop()) await next.stop();
    });
    return this.#stopping;
  }

  #record(asked: Case, system: System): SystemRecord | undefined {
    const result = this.#results.find((it) => it.case === asked);
    return result?.records.find((it) => it.system === system);
  }

  get #total(): number {
    const each = this.#results.reduce((sum, { records }) => sum + records.length, 0);
    return each * this.options.rounds;
  }
}

function sessionsOf(cases: readonly Case[]): Session[] {
  const sessions = new Map<string, Session>();
  for (const it of cases) {
    const key = JSON.stringify(it.needs);
    const session = sessions.get(key) ?? { needs: it.needs, cases: [] };
    session.cases.push(it);
    sessions.set(key, session);
  }
  return [...sessions.values()];
}
