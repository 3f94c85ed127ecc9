import { createHash, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '@hubbub/protocol';
import { databaseRefusal } from '../../database-errors';
import type { Log } from '../../log';
import { Refusal } from '../../refusal';
import type { IngressDelivery } from './ingress-delivery';
import { IngressLanes, type Waiting } from './ingress-lanes';
import { laneOf, parseIngressMessage, type IngressMessage } from './ingress-message';
import { FencedError, type IngressStream } from './ingress-stream';

const READ_MAX = 100;
const FIRST_RETRY_MS = 100;
const RETRY_MAX_MS = 10_000;
const REDIS_RETRY_MS = 50;
const IDLE_MS = 5;

/** When a message that might succeed is given up all the same. */
export interface IngressPatience {
  attempts: number;
  /** Since it failed first, at this gateway. */
  failingMs: number;
}

/** What is told of each message. */
export interface IngressReport {
  /** `waitedMs`: since it was put onto the stream, by the clocks of Redis and this gateway. */
  delivered(target: IngressMessage['target']['type'], waitedMs: number): void;
  dead(): void;
}

export interface IngressTermOptions {
  stream: IngressStream;
  delivery: IngressDelivery;
  /** Resolves when there may be something behind the entry. Reads nothing off the stream, and may be wrong. */
  doorbell: (lastId: string) => Promise<void>;
  patience: IngressPatience;
  report: IngressReport;
  log: Log;
}

/** One gateway's time as the one that delivers: from taking the lease to losing it, or giving it up. */
export class IngressTerm {
  /** Whose lease it is: no other term ever has the same. */
  readonly token = randomUUID();
  readonly #options: IngressTermOptions;
  readonly #lanes: IngressLanes;
  readonly #ending = new AbortController();
  /** `performance.now()` until which nobody else can have the lease. */
  #validUntil = -Infinity;
  /** The last entry that is in a lane, or was. */
  #lastId = '0';

  constructor(options: IngressTermOptions) {
    this.#options = options;
    // Each lane that waits listens to it.
    setMaxListeners(0, this.#ending.signal);
    this.#lanes = new IngressLanes({
      attempt: (entry) => this.#attempt(entry),
      pause: (ms) => this.#pause(ms),
      isOver: () => this.isOver,
    });
  }

  /** True when nothing is begun any more. */
  get isOver(): boolean {
    return this.#ending.signal.aborted || !this.#holdsLease;
  }

  /** False when another gateway may have the lease. */
  get #holdsLease(): boolean {
    return performance.now() < this.#validUntil;
  }

  begin(validUntil: number): void {
    this.#validUntil = validUntil;
  }

  /** The lease was renewed. A term that was over for a moment stays over, for what stopped then does not begin again. */
  prolong(validUntil: number): void {
    if (!this.#holdsLease) this.end();
    this.#validUntil = validUntil;
  }

  /** Begins nothing any more. What is under way is still delivered and settled, as long as the lease is held. */
  end(): void {
    this.#ending.abort();
  }

  /** Reads and delivers until the term is over. */
  async read(): Promise<void> {
    // What was read and not settled comes first, for it was added first.
    let isBehind = true;
    while (!this.isOver) {
      const count = Math.min(READ_MAX, this.#lanes.free);
      if (count === 0) {
        await Promise.race([this.#lanes.settled(), this.#pause(RETRY_MAX_MS)]);
        continue;
      }
      try {
        const found = await this.#readSome(count, isBehind);
        if (isBehind) isBehind = found;
        else if (!found) await this.#wait();
      } catch (error) {
        // An answer that was lost may have been entries: they are nobody's but ours, and come with the next look behind.
        isBehind = true;
        await this.#faltered(error);
      }
    }
  }

  /** Resolves when nothing is under way. */
  finished(): Promise<void> {
    return this.#lanes.finished();
  }

  async #readSome(count: number, isBehind: boolean): Promise<boolean> {
    const { stream } = this.#options;
    const entries = isBehind
      ? await stream.readLeft(this.token, count, this.#lastId)
      : await stream.readNew(this.token, count);
    for (const { id, pairs, attempts } of entries) {
      this.#lastId = id;
      this.#lanes.add(pairs ? laneOf(pairs) : id, { id, pairs, attempts, failingSince: null });
    }
    return entries.length > 0;
  }

  /** A doorbell that rings in vain would keep Redis and this gateway busy: it is asked some hundred times a second at most. */
  async #wait(): Promise<void> {
    // Nobody rings any more.
    if (this.isOver) return;
    const askedAt = performance.now();
    await this.#options.doorbell(this.#lastId);
    if (performance.now() - askedAt < IDLE_MS) await this.#pause(IDLE_MS);
  }

  async #attempt(entry: Waiting): Promise<number> {
    const { stream, delivery, report } = this.#options;
    let message: IngressMessage;
    let mark: string | null;
    try {
      entry.pairs ??= await stream.load(entry.id);
      // Somebody has removed it.
      if (!entry.pairs) return await this.#settle(entry, null);
      message = parseIngressMessage(entry.pairs);
      mark = markOf(message);
      if (mark !== null && (await stream.isMarked(mark))) return await this.#settle(entry, mark);
    } catch (error) {
      if (error instanceof Refusal) return this.#failed(entry, error);
      await this.#faltered(error);
      return REDIS_RETRY_MS;
    }
    try {
      await delivery.deliver(entry.id, message);
    } catch (error) {
      return this.#failed(entry, error);
    }
    report.delivered(message.target.type, Date.now() - Number.parseInt(entry.id));
    return this.#settle(entry, mark);
  }

  #settle({ id }: Waiting, mark: string | null): Promise<number> {
    return this.#insist(() => this.#options.stream.settle(this.token, id, mark));
  }

  async #failed(entry: Waiting, error: unknown): Promise<number> {
    const { stream, patience, report, log } = this.#options;
    if (this.isOver) return REDIS_RETRY_MS;
    const now = performance.now();
    entry.attempts++;
    entry.failingSince ??= now;
    const { id, attempts, pairs } = entry;
    const { reason, mayPass } = judge(error);
    if (reason === 'internal' && attempts === 1) {
      log.error('ingress: a message could not be delivered', { id, error: stack(error) });
    }
    const isGivenUp =
      attempts >= patience.attempts || now - entry.failingSince >= patience.failingMs;
    if (pairs && (!mayPass || isGivenUp)) {
      const said = { reason, attempts };
      const againMs = await this.#insist(() => stream.bury(this.token, { id, pairs }, said));
      if (againMs > 0) return againMs;
      log.warn('ingress: a message is dead', { id, ...said });
      report.dead();
      return 0;
    }
    await stream.recordAttempts(id, attempts).catch((failure: unknown) => {
      log.debug('ingress: an attempt was not counted', { error: String(failure) });
    });
    const retryMs = Math.min(RETRY_MAX_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
    return retryMs * (0.75 + Math.random() / 4);
  }

  /** Until Redis has done it, so that nothing is delivered again because of a passing fault. 0 when it has. */
  async #insist(work: () => Promise<void>): Promise<number> {
    while (this.#holdsLease) {
      try {
        await work();
        return 0;
      } catch (error) {
        await this.#faltered(error);
      }
    }
    return REDIS_RETRY_MS;
  }

  async #faltered(error: unknown): Promise<void> {
    if (error instanceof FencedError) {
      this.#validUntil = -Infinity;
      return;
    }
    this.#options.log.debug('ingress: redis does not answer', { error: String(error) });
    await delay(REDIS_RETRY_MS);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}

/** Everything else will not be otherwise the next time. */
const MAY_PASS = new Set<ErrorCode>(['unavailable', 'rate_limited', 'slow_mode', 'internal']);

/** Why a message was not delivered, and whether it may be the next time. */
function judge(error: unknown): { reason: string; mayPass: boolean } {
  const refusal = error instanceof Refusal ? error : databaseRefusal(error);
  if (!refusal) return { reason: 'internal', mayPass: true };
  const { code, message } = refusal;
  return { reason: `${code}: ${message}`, mayPass: MAY_PASS.has(code) };
}

/** What is remembered of a message whose sender gave it an id, so that the same one is not delivered twice. */
function markOf({ app, target, id }: IngressMessage): string | null {
  if (id === null) return null;
  const digest = createHash('sha256').update(JSON.stringify([app, target, id]));
  return `hubbub:ingress:delivered:${digest.digest('base64url')}`;
}

function stack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
