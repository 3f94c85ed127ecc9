import type { Bus } from '../../cluster/bus';
import type { Occupancy, Transition } from '../../cluster/occupancy';
import type { Log } from '../../log';
import type { Database } from '../../store/database';
import type { AppSource, PusherApp } from '../app';
import type { WebhookEvent, WebhookSink } from '../webhook-event';
import type { AwsCredentials } from './lambda-invocation';
import { RecordedEvents } from './recorded-events';
import { WebhookDispatcher, type DispatcherTimes } from './webhook-dispatcher';
import type { Outcome } from './webhook-lane';
import { WebhookPoster } from './webhook-poster';
import type { RetryTimes } from './webhook-retry';
import { deliveriesOf, digest, newEventId, wantsTransitions } from './webhook-rules';
import { WebhookSettler } from './webhook-settler';
import { WebhookStore } from './webhook-store';
import { WebhookSweeper, type SweepTimes } from './webhook-sweeper';

const HOUR_MS = 3_600_000;

export interface WebhookTimes extends DispatcherTimes, RetryTimes, SweepTimes {
  /** For one post, its answer included. */
  postMs: number;
  /** How long a gateway that ends tries to insert what it has in memory. */
  closeMs: number;
}

const TIMES: WebhookTimes = {
  leaseMs: 3_000,
  pollMs: 500,
  idlePollMs: 2_000,
  lingerMs: 5_000,
  retryFirstMs: 1_000,
  retryMaxMs: 60_000,
  giveUpMs: 300_000,
  keepDeliveredMs: 72 * HOUR_MS,
  keepFailedMs: 720 * HOUR_MS,
  sweepEveryMs: HOUR_MS,
  postMs: 10_000,
  closeMs: 3_000,
};

export interface WebhookOutboxOptions {
  database: Database;
  occupancy: Pick<Occupancy, 'keepTransitionsOf' | 'consumeTransitions'>;
  apps: AppSource;
  bus: Bus;
  settings: { isBatching: boolean; batchMs: number };
  /** Of Lambda functions whose webhooks have none. */
  awsCredentials: AwsCredentials | null;
  gateway: string;
  log: Log;
  /** `dropped`: there was no room for them, or the database refused them. */
  report: (outcome: Outcome | 'dropped', events: number) => void;
  times?: Partial<WebhookTimes>;
}

/**
 * What the webhooks of all apps are told. An event is in the database before it is posted, and is posted until it is delivered or
 * given up: at least once, also when this gateway dies, and to each webhook in the order of its channel.
 */
export class WebhookOutbox implements WebhookSink {
  readonly #options: WebhookOutboxOptions;
  readonly #store: WebhookStore;
  readonly #recorded: RecordedEvents;
  readonly #dispatcher: WebhookDispatcher;
  readonly #sweeper: WebhookSweeper;
  readonly #endTransitions: () => Promise<void>;
  /** By app: the webhooks that were looked at last, and whether they want transitions. */
  readonly #seen = new Map<string, { webhooks: PusherApp['webhooks']; isKept: boolean }>();

  constructor(options: WebhookOutboxOptions) {
    this.#options = options;
    const { database, occupancy, settings, awsCredentials, log, report } = options;
    const times = { ...TIMES, ...options.times };
    this.#store = new WebhookStore(database);
    this.#dispatcher = new WebhookDispatcher({
      ...options,
      ...times,
      store: this.#store,
      settler: new WebhookSettler(this.#store, log),
      poster: new WebhookPoster({ timeoutMs: times.postMs, awsCredentials }),
      batchMs: settings.isBatching ? settings.batchMs : null,
    });
    this.#recorded = new RecordedEvents({
      store: this.#store,
      closeMs: times.closeMs,
      inserted: (lanes) => {
        this.#dispatcher.wake(lanes);
      },
      dropped: (events) => {
        report('dropped', events);
      },
      log,
    });
    this.#sweeper = new WebhookSweeper({ ...times, database, log });
    this.#endTransitions = occupancy.consumeTransitions((batch) => this.#take(batch));
  }

  /** What this gateway has to post, and what it has not inserted yet. */
  get pending(): number {
    return this.#dispatcher.pending + this.#recorded.waiting;
  }

  record(app: PusherApp, event: WebhookEvent): void {
    this.notice(app);
    if (app.webhooks.length === 0) return;
    const deliveries = deliveriesOf(app, event, { eventId: newEventId(), at: Date.now() });
    if (deliveries.length > 0) this.#recorded.add(deliveries);
  }

  /**
   * An app is in use here, or may have changed: from now on the transitions that its webhooks want are kept. To be called before
   * its first subscription on this gateway.
   */
  notice(app: PusherApp): void {
    const seen = this.#seen.get(app.id);
    if (seen?.webhooks === app.webhooks) return;
    const isKept = app.webhooks.some(wantsTransitions);
    this.#seen.set(app.id, { webhooks: app.webhooks, isKept });
    if (isKept !== (seen?.isKept ?? false)) {
      this.#options.occupancy.keepTransitionsOf(app.id, isKept);
    }
  }

  /** Inserts what is in memory and posts nothing more; what is left is posted by the others, or after the next start. */
  async close(): Promise<void> {
    await this.#endTransitions();
    await this.#recorded.close();
    await this.#dispatcher.close();
    await this.#sweeper.close();
  }

  /** A transition that is handed over again has the same id, and is kept once. */
  async #take(batch: readonly Transition[]): Promise<void> {
    const apps = new Map<string, PusherApp | null>();
    for (const { app } of batch) {
      if (!apps.has(app)) apps.set(app, await this.#options.apps.findById(app));
    }
    const deliveries = batch.flatMap((transition) => {
      const app = apps.get(transition.app);
      const event = toEvent(transition);
      const eventId = digest(transition.id);
      return app ? deliveriesOf(app, event, { eventId, at: transition.at }) : [];
    });
    await this.#recorded.insert(deliveries);
  }
}

function toEvent({ kind, channel, user, subscriptions }: Transition): WebhookEvent {
  switch (kind) {
    case 'channel_occupied':
    case 'channel_vacated':
      return { name: kind, channel };
    case 'member_added':
    case 'member_removed':
      return { name: kind, channel, user_id: user ?? '' };
    case 'subscription_count':
      return { name: kind, channel, subscription_count: subscriptions ?? 0 };
  }
}
