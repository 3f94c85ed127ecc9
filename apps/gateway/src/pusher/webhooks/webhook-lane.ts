import { setMaxListeners } from 'node:events';
import type { Log } from '../../log';
import type { AppSource, PusherApp } from '../app';
import { WebhookLines, type Batch, type Line } from './webhook-lines';
import type { WebhookPoster } from './webhook-poster';
import { planRetry, type Failed, type RetryTimes } from './webhook-retry';
import { findWebhook } from './webhook-rules';
import type { WebhookSettler } from './webhook-settler';
import type { Delivery, Result, WebhookStore } from './webhook-store';

/** Posts to one webhook that are under way at a time. */
const POSTS_MAX = 32;
/** Of them, those that were tried before: if they hang, the others go on. */
const RETRIES_MAX = 16;
const PAGE = 200;
/** What is read ahead. */
const HELD_MAX = 1_000;
const HELD_BYTES_MAX = 8 * 1024 * 1024;
/** With so many lines that fail, the receiver is ill: nothing more is read until some of them go on. */
const TROUBLED_MAX = 500;
const BATCH_EVENTS = 100;
const BATCH_BYTES = 64 * 1024;
const PAUSE_MS = 500;
const WARN_EVERY_MS = 60_000;

export type Outcome = 'delivered' | 'retried' | 'failed';

export interface LaneOptions extends RetryTimes {
  lane: { id: number; appId: string; webhook: string };
  store: WebhookStore;
  settler: WebhookSettler;
  poster: WebhookPoster;
  apps: AppSource;
  /** How long events are gathered for one post; null: one event a post. */
  batchMs: number | null;
  report: (outcome: Outcome, events: number) => void;
  log: Log;
}

const GONE: Failed = {
  isOk: false,
  status: null,
  error: 'the app has no such webhook any more',
  isFinal: true,
};

/**
 * Posts the deliveries of one webhook, as long as this gateway has its lease. Those with the same ordering key are posted one after
 * the other; while one of them fails and is tried again, the others of its key wait, and those of other keys go on.
 */
export class WebhookLane {
  readonly #options: LaneOptions;
  readonly #lines: WebhookLines;
  readonly #ending = new AbortController();
  readonly #posts = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** The number up to which everything was read. */
  #cursor = 0;
  #isMore = true;
  #reading: Promise<void> | undefined;
  #wakes = 0;
  #rewinds = 0;
  /** What was written down while a read was under way, which may still say that it is to be posted. */
  #written: Delivery[] = [];
  #validUntil = -Infinity;
  #pausedUntil = -Infinity;
  #gatherTimer: NodeJS.Timeout | undefined;
  #hasGathered = false;
  #retries = 0;
  #warnedAt = -Infinity;
  #isClosed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    // Each post listens.
    setMaxListeners(POSTS_MAX, this.#ending.signal);
    const events = options.batchMs === null ? 1 : BATCH_EVENTS;
    this.#lines = new WebhookLines({ events, bytes: BATCH_BYTES });
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Nothing is to be posted, as far as it is known here. */
  get isIdle(): boolean {
    return this.#lines.held === 0 && !this.#isMore && this.#posts.size === 0;
  }

  /** Something was inserted. */
  wake(): void {
    this.#wakes++;
    this.#isMore = true;
    this.#pump();
  }

  /** The lease is good until then, by `performance.now()`. */
  extend(until: number): void {
    this.#validUntil = until;
    this.#pump();
  }

  /** Posts nothing more, and waits for what is under way, but not for longer than `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#gatherTimer);
    for (const timer of this.#timers) clearTimeout(timer);
    const patience = setTimeout(() => {
      this.#ending.abort();
    }, patienceMs);
    await Promise.all([...this.#posts, this.#reading]);
    clearTimeout(patience);
  }

  get #mayPost(): boolean {
    const now = performance.now();
    return (
      !this.#isClosed &&
      this.#posts.size < POSTS_MAX &&
      now < this.#validUntil &&
      now >= this.#pausedUntil &&
      !this.#options.settler.isStuck
    );
  }

  #pump(): void {
    while (this.#mayPost) {
      const retry = this.#retries < RETRIES_MAX ? this.#lines.takeRetry() : null;
      const batch = retry ?? this.#takeFresh();
      if (!batch) break;
      if (retry) this.#retries++;
      const post = this.#post(batch).finally(() => {
        if (retry) this.#retries--;
        this.#posts.delete(post);
        this.#pump();
      });
      this.#posts.add(post);
    }
    const hasRoom = this.#lines.held < HELD_MAX && this.#lines.heldBytes < HELD_BYTES_MAX;
    const isIll = this.#lines.troubled >= TROUBLED_MAX;
    const isPaused = performance.now() < this.#pausedUntil;
    if (this.#isClosed || this.#reading || !this.#isMore || !hasRoom || isIll || isPaused) return;
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
      this.#lines.forget(this.#written.splice(0));
      this.#pump();
    });
  }

  /** Null where there is nothing, or more may come within the time that is allowed for it. */
  #takeFresh(): Batch | null {
    const { batchMs } = this.#options;
    if (this.#lines.fresh === 0) return null;
    if (batchMs !== null && !this.#hasGathered && !this.#lines.hasFullBatch) {
      this.#gatherTimer ??= setTimeout(() => {
        this.#gatherTimer = undefined;
        this.#hasGathered = true;
        this.#pump();
      }, batchMs);
      return null;
    }
    const batch = this.#lines.takeFresh();
    if (this.#lines.fresh === 0) this.#hasGathered = false;
    return batch;
  }

  async #read(): Promise<void> {
    const { store, lane, log } = this.#options;
    const wakes = this.#wakes;
    const rewinds = this.#rewinds;
    try {
      const page = await store.read(lane.id, this.#cursor, PAGE);
      // What is read again from an earlier number on comes first.
      if (rewinds !== this.#rewinds) return;
      for (const [line, dueAt] of this.#lines.add(page)) this.#resumeAt(line, dueAt);
      this.#cursor = page.at(-1)?.seq ?? this.#cursor;
      if (page.length < PAGE && wakes === this.#wakes) {
        this.#isMore = false;
        this.#lines.forgetEmpty();
      }
    } catch (error) {
      log.debug('webhooks: deliveries are not read now', { error: String(error) });
      this.#pause();
    }
  }

  async #post(batch: Batch): Promise<void> {
    const { apps, lane, poster, log } = this.#options;
    let app: PusherApp | null;
    try {
      app = await apps.findById(lane.appId);
    } catch (error) {
      log.debug('webhooks: an app is not to be looked up now', { error: String(error) });
      this.#lines.putBack(batch);
      this.#pause();
      return;
    }
    const webhook = app && findWebhook(app, lane.webhook);
    const { signal } = this.#ending;
    const posted = app && webhook ? await poster.post({ app, webhook }, batch.rows, signal) : GONE;
    // Broken off: whoever has the lane next posts it again.
    if (!posted.isOk && signal.aborted) return;
    if (posted.isOk) {
      this.#succeed(batch, posted.status);
      return;
    }
    this.#warn(posted.status);
    for (const [line, rows] of batch.lines) await this.#fail(line, rows, posted);
  }

  #succeed({ rows, lines }: Batch, status: number): void {
    const at = Date.now();
    this.#settle(rows, { state: 'delivered', at, dueAt: null, status, error: null });
    this.#options.report('delivered', rows.length);
    for (const line of lines.keys()) this.#release(line, true);
  }

  async #fail(line: Line, rows: readonly Delivery[], posted: Failed): Promise<void> {
    const { report, giveUpMs } = this.#options;
    const { status, error, isFinal } = posted;
    const at = Date.now();
    const { lost, left, dueAt } = planRetry({ rows, at, line }, posted, this.#options);
    if (lost.length > 0) {
      this.#settle(lost, { state: 'failed', at, dueAt: null, status, error });
      report('failed', lost.length);
    }
    if (left.length > 0) {
      this.#settle(left, { state: 'pending', at, dueAt, status, error });
      report('retried', left.length);
      this.#lines.holdBack(line, left, at);
      this.#resumeAt(line, dueAt);
      return;
    }
    if (!isFinal) {
      this.#lines.passOver(line);
      const after = rows.at(-1)?.seq ?? 0;
      await this.#giveUpBehind(line, { after, queuedBefore: at - giveUpMs, error });
    }
    this.#release(line, isFinal);
  }

  /** What has waited behind a failed one for as long as that was tried is not tried for so long once more. */
  async #giveUpBehind(
    { key }: Line,
    which: { after: number; queuedBefore: number; error: string },
  ): Promise<void> {
    const { store, lane, report, log } = this.#options;
    try {
      const count = await store.giveUp(lane.id, key, which);
      if (count > 0) report('failed', count);
    } catch (reason) {
      log.debug('webhooks: what waited is tried once more', { error: String(reason) });
    }
  }

  #release(line: Line, isWell: boolean): void {
    const passedFrom = this.#lines.release(line, isWell);
    if (passedFrom === null) return;
    this.#rewinds++;
    this.#cursor = Math.min(this.#cursor, passedFrom - 1);
    this.#isMore = true;
  }

  #settle(rows: readonly Delivery[], result: Result): void {
    const { settler, lane } = this.#options;
    settler.settle({
      laneId: lane.id,
      seqs: rows.map(({ seq }) => seq),
      result,
      written: () => {
        if (result.state !== 'pending') {
          if (this.#reading) this.#written.push(...rows);
          else this.#lines.forget(rows);
        }
        this.#pump();
      },
    });
  }

  #resumeAt(line: Line, dueAt: number): void {
    if (this.#isClosed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#lines.resume(line);
        this.#pump();
      },
      Math.max(0, dueAt - Date.now()),
    );
    this.#timers.add(timer);
  }

  #pause(): void {
    if (this.#isClosed) return;
    this.#pausedUntil = performance.now() + PAUSE_MS;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#pump();
    }, PAUSE_MS + 1);
    this.#timers.add(timer);
  }

  /** The deliveries say the rest. */
  #warn(status: number | null): void {
    if (performance.now() - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = performance.now();
    const { lane, log } = this.#options;
    const where = { app: lane.appId, lane: lane.id, status };
    log.warn('webhooks: a webhook does not take events; they are sent again', where);
  }
}
