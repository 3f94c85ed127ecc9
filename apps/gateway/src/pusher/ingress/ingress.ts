import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { nextBeat } from '../../beat';
import { closeRedis, connectRedis } from '../../cluster/redis-bus';
import type { Log } from '../../log';
import type { IngressDelivery } from './ingress-delivery';
import { INGRESS_STREAM, IngressStream } from './ingress-stream';
import { IngressTerm, type IngressPatience, type IngressReport } from './ingress-term';

/** A lease that is not renewed for this long is free: with the beat below, another gateway has it 3 s after a crash. */
const LEASE_MS = 2_200;
const BEAT_MS = 500;
/** The holder counts itself out this long before Redis does. */
const MARGIN_MS = 400;
/**
 * The doorbell answers after this long at the latest: each time costs an idle gateway two commands. It need not be relied on, for what
 * waits is seen with each beat too.
 */
const DOORBELL_MS = 10_000;
/** An answer may be so late. */
const DOORBELL_LATE_MS = 1_000;
/** What is under way gets this long when the gateway stops; the next one delivers what is left. */
const CLOSE_MAX_MS = 3_000;
const PATIENCE: IngressPatience = { attempts: 60, failingMs: 600_000 };

export interface IngressOptions {
  redisUrl: string;
  delivery: IngressDelivery;
  report: IngressReport;
  log: Log;
  patience?: IngressPatience;
  /** For so long a gateway leads that is held up. */
  leaseMs?: number;
}

/**
 * Messages from elsewhere. Other parts of the system put them onto a stream of Redis, also while no gateway runs:
 *
 *     XADD hubbub:ingress * app <id> target <target> event <name> data <text> [id <key>] [except <socket id>]
 *
 * `target` is `channel:<name>`, `user:<id>` or `room:<slug>`; for a room `data` is a text, or `{"text", "name"?, "danmaku"?}`.
 * Each is delivered at least once, those of one target in the order in which they were added: one gateway at a time delivers,
 * and another goes on within 3 s when it dies. A message that is delivered again after a crash is new to a channel or a user, and
 * is not to a room (G4); one that is added again with the same `id` within an hour is passed over. What cannot be delivered is moved to
 * `hubbub:ingress:dead` with the reason: at once where it never can be, else after 10 min.
 *
 * The embedded mode has no Redis, and so none of this: there the HTTP API takes events.
 */
export class Ingress {
  readonly #options: IngressOptions;
  readonly #redis: Redis;
  readonly #bell: Redis;
  readonly #stream: IngressStream;
  readonly #leaseMs: number;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #waiting = 0;
  /** The doorbell is asked. */
  #listening: Promise<unknown> | undefined;
  #ring: () => void = () => undefined;

  constructor(options: IngressOptions) {
    this.#options = options;
    const { redisUrl, log, leaseMs = LEASE_MS } = options;
    this.#leaseMs = leaseMs;
    this.#redis = connectRedis(redisUrl, log, 'ingress');
    // Waits most of the time, and everything behind it on its connection with it.
    this.#bell = connectRedis(redisUrl, log, 'ingress doorbell', DOORBELL_MS + DOORBELL_LATE_MS);
    this.#stream = new IngressStream(this.#redis);
    this.#running = this.#run();
  }

  /** Messages that are not delivered yet, where this gateway is the one that delivers; else 0. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Finishes what is under way, in at most 3 s, and leaves the rest to another gateway, which goes on at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#options.delivery.close();
    // It may wait, and a farewell would with it.
    this.#bell.disconnect();
    await closeRedis(this.#redis);
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const term = new IngressTerm({
        ...this.#options,
        patience: this.#options.patience ?? PATIENCE,
        stream: this.#stream,
        doorbell: (lastId) => this.#doorbell(lastId),
      });
      const askedAt = performance.now();
      if (await this.#acquire(term)) await this.#lead(term, askedAt);
      await nextBeat(BEAT_MS, this.#closing.signal);
    }
  }

  async #acquire({ token }: IngressTerm): Promise<boolean> {
    if (this.#redis.status !== 'ready') return false;
    try {
      return await this.#stream.acquire(token, this.#leaseMs);
    } catch (error) {
      this.#options.log.debug('ingress: redis does not answer', { error: String(error) });
      return false;
    }
  }

  async #lead(term: IngressTerm, askedAt: number): Promise<void> {
    const { log } = this.#options;
    log.info('ingress: this gateway delivers');
    term.begin(askedAt + this.#leaseMs - MARGIN_MS);
    const reading = term.read();
    while (!this.#closing.signal.aborted && !term.isOver) {
      await this.#renew(term);
      await nextBeat(BEAT_MS, this.#closing.signal);
    }
    term.end();
    this.#ring();
    // The lease is held until nothing is under way: the next one begins where this one has stopped.
    const finished = Promise.all([reading, term.finished()]).then(() => true);
    const giveUpAt = performance.now() + CLOSE_MAX_MS;
    while (performance.now() < giveUpAt) {
      if (await Promise.race([finished, delay(BEAT_MS, false)])) break;
      await this.#renew(term);
    }
    this.#waiting = 0;
    await this.#stream.release(term.token).catch((error: unknown) => {
      log.debug('ingress: the lease was not given up, it expires', { error: String(error) });
    });
    log.info('ingress: this gateway does not deliver any more');
  }

  async #renew(term: IngressTerm): Promise<void> {
    const askedAt = performance.now();
    try {
      this.#waiting = await this.#stream.renew(term.token, this.#leaseMs);
      term.prolong(askedAt + this.#leaseMs - MARGIN_MS);
      if (this.#waiting > 0) this.#ring();
    } catch (error) {
      // Where another gateway leads, the term finds out by itself, at its next command or when its time is over.
      this.#options.log.debug('ingress: the lease was not renewed', { error: String(error) });
    }
  }

  /** Resolves when there is something behind the entry, as Redis says or the lease's renewal has found, and when the term is over. */
  async #doorbell(lastId: string): Promise<void> {
    const rung = new Promise<void>((resolve) => (this.#ring = resolve));
    // One that is asked already, for what is behind an earlier entry, serves as well.
    this.#listening ??= this.#bell
      .xread('COUNT', 1, 'BLOCK', DOORBELL_MS, 'STREAMS', INGRESS_STREAM, lastId)
      .finally(() => {
        this.#listening = undefined;
      });
    await Promise.race([this.#listening, rung]);
  }
}
