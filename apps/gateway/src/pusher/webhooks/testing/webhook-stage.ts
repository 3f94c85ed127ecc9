import { LocalBus } from '../../../cluster/local-bus';
import { LocalOccupancy } from '../../../cluster/local-occupancy';
import type { Bus } from '../../../cluster/bus';
import type { Log } from '../../../log';
import type { Database } from '../../../store/database';
import { WebhookDeliveryEntity } from '../../../store/entities/webhook-delivery.entity';
import { silent, Stage, type Kind } from '../../../store/testing/stage';
import type { AppSource, PusherApp } from '../../app';
import { parseApp } from '../../apps/parse-app';
import { WebhookOutbox, type WebhookOutboxOptions, type WebhookTimes } from '../webhook-outbox';

/** Short, so that a test sees leases end, retries and the end of them. */
const TIMES: Partial<WebhookTimes> = {
  leaseMs: 2_000,
  pollMs: 50,
  idlePollMs: 100,
  lingerMs: 300,
  retryFirstMs: 50,
  retryMaxMs: 200,
  giveUpMs: 600_000,
  postMs: 5_000,
  closeMs: 1_000,
};

const DEFAULTS = {
  maxPresenceMembersPerChannel: 100,
  maxPresenceMemberSizeInKb: 2,
  maxChannelNameLength: 200,
  maxEventChannelsAtOnce: 100,
  maxEventNameLength: 200,
  maxEventPayloadInKb: 100,
  maxEventBatchSize: 10,
};

/** An app with webhooks as its owner writes them. */
export function makeApp(id: string, webhooks: readonly object[]): PusherApp {
  const given = { id, key: `key-of-${id}`, secret: `secret-of-${id}`, webhooks };
  const { app, problems } = parseApp(given, DEFAULTS);
  if (!app || problems.length > 0) throw new Error(problems.join('\n'));
  return app;
}

/** Apps that a test changes. */
class Apps implements AppSource {
  readonly #apps = new Map<string, PusherApp>();

  put(app: PusherApp): PusherApp {
    this.#apps.set(app.id, app);
    return app;
  }

  findById(id: string): Promise<PusherApp | null> {
    return Promise.resolve(this.#apps.get(id) ?? null);
  }

  findByKey(key: string): Promise<PusherApp | null> {
    return Promise.resolve([...this.#apps.values()].find((app) => app.key === key) ?? null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
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
  readonly apps = new Apps();
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
    const note = (message: string, fields: Record<string, unknown> = {}) => {
      complaints.push(`${message} ${JSON.stringify(fields)}`);
    };
    const log: Log = { ...silent, warn: note, error: note };
    const outbox = new WebhookOutbox({
      database,
      occupancy,
      apps: this.apps,
      bus,
      settings: { isBatching: false, batchMs: 50 },
      awsCredentials: null,
      gateway: 'gateway',
      log,
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
