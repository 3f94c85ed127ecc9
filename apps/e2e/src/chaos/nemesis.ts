import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../testing/random';
import { waitFor } from '../testing/wait-for';
import type { Fault, Kind, Scene } from './faults/fault';
import type { FaultRecord } from './history';
import type { FaultResult } from './outcome';

/** Those who are to go on whatever is done. */
interface Survivors {
  /** Whether all are joined. */
  isWhole: () => boolean;
  /** Resolves when a fresh message was acknowledged and everybody has it. */
  probe: () => Promise<unknown>;
  /** Resolves when everybody is told the true counts, or will not be. */
  census: () => Promise<unknown>;
}

interface NemesisOptions {
  scene: Scene;
  survivors: Survivors;
  kinds: readonly Kind[];
  /** How many are made. */
  faults: number;
  random: Random;
  /** The longest pause between two. */
  secondsBetween: number;
  /** ms since the run began. */
  now: () => number;
  /** A fault begins, the first one with number 1. */
  begins: (number: number, kind: string, what: string) => void;
}

/** Who is not back after so long will not come back. */
const RECOVERY_MS = 30_000;
/** After that one more chance, for what comes later is to be judged by itself; then the run is at its end. */
const LAST_CHANCE_MS = 60_000;

/** Makes one fault after another, and waits after each until everybody has recovered. */
export class Nemesis {
  /** What was not as it should be, in plain words. */
  readonly problems: string[] = [];
  readonly results: FaultResult[] = [];
  private readonly deck: Kind[] = [];

  constructor(private readonly options: NemesisOptions) {}

  /** @throws {Error} where the run is ended meanwhile, by the scene's signal. */
  async run(): Promise<void> {
    const { faults, random, scene, secondsBetween } = this.options;
    for (let number = 1; number <= faults; number++) {
      const kind = this.draw();
      const fault = kind.plan(scene, random);
      const pauseMs = 1_000 * secondsBetween * random.next();
      this.options.begins(number, kind.id, fault.what);
      const isBack = await this.make(`fault ${String(number)} (${fault.what})`, kind, fault);
      if (!isBack) {
        this.problems.push(`the run ended after fault ${String(number)}: there was no recovery`);
        return;
      }
      await delay(pauseMs, undefined, { signal: scene.signal });
    }
  }

  /** Every kind once in random order, and then again. */
  private draw(): Kind {
    const { kinds, random } = this.options;
    if (this.deck.length === 0) this.deck.push(...kinds);
    const [kind] = this.deck.splice(random.below(this.deck.length), 1);
    if (!kind) throw new Error('there is no kind of fault to choose from');
    return kind;
  }

  /** Whether the cluster is fit for the next one. */
  private async make(name: string, kind: Kind, fault: Fault): Promise<boolean> {
    const { now, scene, survivors } = this.options;
    const { what, gateways } = fault;
    const record: FaultRecord = { kind: kind.id, what, gateways, from: now(), to: now() };
    await this.holds(name, fault.make());
    record.to = now();
    const over = record.to;
    const recovery = this.holds(name, this.recovered(RECOVERY_MS)).then((isRecovered) =>
      isRecovered ? now() - over : null,
    );
    const service = this.holds(name, fault.servesAgain?.()).then(() => {
      if (fault.servesAgain) record.to = now();
    });
    const [recoveryMs] = await Promise.all([recovery, service]);
    this.results.push({ ...record, recoveryMs });
    const isFit =
      (recoveryMs !== null || (await this.holds(name, this.recovered(LAST_CHANCE_MS)))) &&
      (await this.holds(name, scene.cluster.isWhole()));
    if (isFit) await survivors.census();
    return isFit;
  }

  /** Whether it came to a good end; else the problem is noted. */
  private async holds(name: string, work: Promise<void> | undefined): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      this.options.scene.signal.throwIfAborted();
      this.problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /**
   * Resolves when everybody is joined and has had a fresh message.
   *
   * @throws {Error} where that does not come in time.
   */
  private async recovered(withinMs: number): Promise<void> {
    const { scene, survivors } = this.options;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, scene.signal]);
    const late = delay(withinMs, undefined, { signal }).then(() => {
      const how = survivors.isWhole()
        ? 'a fresh message did not reach everybody'
        : 'not all are joined';
      throw new Error(`no recovery in ${String(withinMs / 1_000)} s: ${how}`);
    });
    try {
      await Promise.race([this.everybodyHears(signal), late]);
    } finally {
      over.abort();
    }
  }

  private async everybodyHears(signal: AbortSignal): Promise<void> {
    const { survivors } = this.options;
    do {
      await waitFor(() => signal.aborted || survivors.isWhole(), {
        what: 'all are joined',
        timeoutMs: RECOVERY_MS + LAST_CHANCE_MS,
      });
      if (signal.aborted) return;
      await survivors.probe();
      // Who left meanwhile has heard nothing.
    } while (!survivors.isWhole());
  }
}
