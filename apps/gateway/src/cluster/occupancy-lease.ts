import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Log } from '../log';
import { onBeat } from '../beat';
import { APPLY, BEAT, REGISTER, RESIGN, runScript } from './occupancy-scripts';

const BEAT_MS = 500;
/** A gateway that was paused was given up: its dead sockets get this long to close before it tells who is there. */
const WAKE_MS = 250;

/** One life of this gateway in Redis' eyes. Once its share was taken apart, Redis refuses it for ever. */
interface Incarnation {
  readonly id: string;
  /** Batches sent, and the last of them that Redis has confirmed. */
  turn: number;
  confirmed: number;
}

/**
 * A batch of changed seats, as the script takes it: first how many apps follow, each with whether its transitions are kept, then
 * the seats.
 */
export type Batch = (string | number)[];

interface LeaseOptions {
  redis: Redis;
  gateway: string;
  log: Log;
  /** Called with each beat that finds transitions to consume. */
  queued: () => void;
  /** Called when Redis answers, and when it does not any more. */
  changed: (isHeld: boolean) => void;
  /**
   * A new incarnation begins, of which Redis knows nothing. `forgotten`: Redis has lost everything, and what it had been told before
   * is to be told again by `tellQuietly`, as something that everybody knows.
   */
  begin: (forgotten: boolean, tellQuietly: (batch: Batch) => Promise<void>) => Promise<void>;
}

/**
 * This gateway's lease in Redis. While it is held what the gateway tells is counted; when the gateway dies, the others take its
 * share apart, as this one does with theirs.
 */
export class OccupancyLease {
  readonly #options: LeaseOptions;
  readonly #redis: Redis;
  readonly #endBeat: () => void;
  #incarnation: Incarnation | undefined;
  /** Another one when Redis has forgotten everything. */
  #birth: string | undefined;
  #isHeld = false;
  #isClosed = false;
  #beating: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#redis = options.redis;
    this.#redis.on('ready', this.#beat);
    this.#redis.on('close', this.#lose);
    this.#endBeat = onBeat(BEAT_MS, this.#beat);
    this.#beat();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Returns the script's answers. Null: Redis has refused the batch, or may have taken it and did not say so. */
  async apply(batch: Batch): Promise<string[] | null> {
    const incarnation = this.#incarnation;
    if (!this.#isHeld || !incarnation) return null;
    try {
      const answers = await this.#apply(incarnation, 'loud', batch);
      if (answers) return answers;
    } catch (error) {
      this.#options.log.debug('occupancy: a batch failed', { error: String(error) });
    }
    this.#lose();
    return null;
  }

  /** Gives the share up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endBeat();
    this.#redis.off('ready', this.#beat);
    this.#redis.off('close', this.#lose);
    await this.#beating;
    this.#lose();
    const { log } = this.#options;
    if (this.#redis.status !== 'ready' || !this.#incarnation) return;
    try {
      while ((await runScript(this.#redis, RESIGN, [this.#incarnation.id])) === 1);
    } catch (error) {
      log.debug('occupancy: the lease was not given up, it runs out', { error: String(error) });
    }
  }

  readonly #beat = (): void => {
    this.#beating ??= this.#renew()
      .catch((error: unknown) => {
        this.#options.log.debug('occupancy: no answer from redis', { error: String(error) });
        this.#lose();
      })
      .finally(() => {
        this.#beating = undefined;
      });
  };

  readonly #lose = (): void => {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (!this.#isClosed) {
      this.#options.log.warn('occupancy: this gateway counts for itself until redis counts again');
    }
    this.#options.changed(false);
  };

  async #renew(): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    if (!this.#incarnation || !(await this.#prolong(this.#incarnation))) {
      this.#lose();
      await this.#register();
    }
    if (this.#isHeld || this.#isClosed) return;
    this.#isHeld = true;
    this.#options.log.info('occupancy: redis counts');
    this.#options.changed(true);
  }

  /** Also takes apart what is over, and tells what is due. False: Redis refuses the incarnation. */
  async #prolong(incarnation: Incarnation): Promise<boolean> {
    for (;;) {
      const { id, confirmed } = incarnation;
      const answer = await runScript(this.#redis, BEAT, [id, confirmed]);
      if (!Array.isArray(answer)) return false;
      const [isMore, queued] = answer as [number, number];
      if (queued > 0) this.#options.queued();
      if (isMore === 0 || this.#isClosed) return true;
    }
  }

  async #register(): Promise<void> {
    const known = this.#birth;
    if (known !== undefined) await delay(WAKE_MS);
    const incarnation = { id: `${this.#options.gateway}:${randomUUID()}`, turn: 0, confirmed: 0 };
    const birth = String(
      await runScript(this.#redis, REGISTER, [incarnation.id, randomUUID(), known ?? '']),
    );
    const forgotten = known !== undefined && birth !== known;
    await this.#options.begin(forgotten, async (batch) => {
      if (!(await this.#apply(incarnation, 'quiet', batch))) throw new Error('refused');
    });
    // Only now: if it failed half-way, Redis has not been told, and the next attempt begins anew.
    this.#incarnation = incarnation;
    this.#birth = birth;
  }

  async #apply(
    incarnation: Incarnation,
    mode: 'loud' | 'quiet',
    batch: Batch,
  ): Promise<string[] | null> {
    const turn = ++incarnation.turn;
    const head = [incarnation.id, turn, incarnation.confirmed, mode];
    const answers = await runScript(this.#redis, APPLY, [...head, ...batch]);
    if (!Array.isArray(answers)) return null;
    incarnation.confirmed = turn;
    return answers.map(String);
  }
}
