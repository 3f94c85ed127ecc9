import { LocalBus } from '../../../cluster/local-bus';
import { LocalOccupancy } from '../../../cluster/local-occupancy';
import type { Bus } from '../../../cluster/bus';
import type { Database } from '../../../store/database';
import { WebhookDeliveryEntity } from '../../../store/entities/webhook-delivery.entity';
import { Stage, type Kind } from '../../../store/testing/stage';
import { keepIn, silent } from '../../../testing/silent-log';
import type { AppSource, PusherApp } from '../../app';
import { parseWebhooks } from '../../apps/parse-webhooks';
import { makeApp } from '../../testing/make-app';
import { TestApps } from '../../testing/test-apps';
import { WebhookOutbox, type WebhookOutboxOptions, type WebhookTimes } from '../webhook-outbox';

/**
 * Short, so that a test sees retries and the end of them; but for the lease: where this process is held up, no gateway in it takes
 * another one for dead.
 */
const TIMES: Partial<WebhookTimes> = {
  leaseMs: 60_000,
  pollMs: 50,
  idlePollMs: 100,
  lingerMs: 300,
  retryFirstMs: 50,
  retryMaxMs: 200,
  giveUpMs: 600_000,
  postMs: 5_000,
  closeMs: 1_000,
};

/** An app with webhooks as its owner writes them. */
export function makeHookedApp(id: string, given: readonly object[]): PusherApp {
  const { webhooks, problems } = parseWebhooks(given);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return makeApp({ id, webhooks });
}

/** Of a gateway that is alone, but for what is `given`. */
export function createOutbox(
  database: Database,
  apps: AppSource,
  given: Partial<WebhookOutboxOptions> = {},
): WebhookOutbox {
  const bus = given.bus ?? new LocalBus();
  return new WebhookOutbox({
    database,
    apps,
    bus,
    occupancy: new LocalOccupancy(bus, silent),
    settings: { isBatching: false, batchMs: 50 },
    awsCredentials: null,
    gateway: 'gateway',
    log: silent,
    report: () => undefined,
    ...given,
  });
}

export interface OutboxGateway {
  outbox: WebhookOutbox;
  database: Database;
  occupancy: LocalOccupancy;
  /** Events by what became of them. */
  reports: Record<string, number>;
  /** What was logged as `warn` and `error`. */
  complaints: string[];
}

type Given = Partial<
  Pick<WebhookOutboxOptions, 'settings' | 'times' | 'awsCredentials' | 'occupancy'>
> & {
  bus?: Bus;
  /** Where MySQL is reached by another port than its own. */
  port?: number;
};

/** Gateways with outboxes on one database. */
export class WebhookStage {
  readonly apps = new TestApps();
  readonly #outboxes = new Set<WebhookOutbox>();
  readonly #occupancies: LocalOccupancy[] = [];

  private constructor(readonly store: Stage) {}

  static async create(kind: Kind): Promise<WebhookStage> {
    return new WebhookStage(await Stage.create(kind));
  }

  async gateway(given: Given = {}): Promise<OutboxGateway> {
    const { database } = await this.store.gateway(given.port);
    const bus = given.bus ?? new LocalBus();
    const occupancy = new LocalOccupancy(bus, silent);
    const reports: Record<string, number> = {};
    const complaints: string[] = [];
    const note = keepIn(complaints);
    const outbox = createOutbox(database, this.apps, {
      bus,
      occupancy,
      log: { ...silent, warn: note, error: note },
      report: (outcome, events) => {
        reports[outcome] = (reports[outcome] ?? 0) + events;
      },
      ...given,
      times: { ...TIMES, ...given.times },
    });
    this.#outboxes.add(outbox);
    this.#occupancies.push(occupancy);
    return { outbox, database, occupancy, reports, complaints };
  }

  /** As it ends by itself. */
  async end(outbox: WebhookOutbox): Promise<void> {
    this.#outboxes.delete(outbox);
    await outbox.close();
  }

  async close(): Promise<void> {
    for (const outbox of this.#outboxes) await this.end(outbox);
    for (const occupancy of this.#occupancies.splice(0)) await occupancy.close();
    await this.store.close();
  }
}

/** The deliveries of all webhooks, as they stand in the database. */
export function deliveriesIn(database: Database): Promise<WebhookDeliveryEntity[]> {
  const order = { laneId: 'ASC', seq: 'ASC' } as const;
  return database.repository(WebhookDeliveryEntity).find({ order });
}
