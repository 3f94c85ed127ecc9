import type { Bus } from '../../cluster/bus';
import { databaseRefusal, isDatabaseUnavailable } from '../../database-errors';
import type { Log } from '../../log';
import { Refusal } from '../../refusal';
import { DatabaseError } from '../../store/database';
import type { AppSource, PusherApp } from '../app';
import type { AppRow, AppTable } from './app-table';
import { Gathered } from './gathered';
import { IDENTITY, parseApp, type AppDefaults } from './parse-app';

/** Tells all gateways to read their apps again. */
const APPS_CHANNEL = 'hubbub:apps';
/** That there is no such app is believed no longer than this: it may be about to be made. */
const UNKNOWN_TTL_MS = 5_000;
/** What is asked for and is not there is remembered up to this number, by key and by id. */
const UNKNOWN_MOST = 10_000;
/** Who is known already waits no longer than this for the news. */
const PATIENCE_MS = 500;
/** After a failure the database is left alone for this long. */
const RETRY_MS = 1_000;
const ROWS_AT_ONCE = 200;

export interface DatabaseAppsOptions {
  table: AppTable;
  /** What the table is called, for messages. */
  name: string;
  /** How long a row that was read counts. */
  ttlMs: number;
  defaults: AppDefaults;
  bus: Bus;
  log: Log;
}

interface Known {
  readonly app: PusherApp;
  /** By `performance.now()`, before it was asked for. */
  readonly readAt: number;
}

type Column = 'id' | 'key';

/** What is known of the values of one column, and who asks for more. */
interface Index {
  readonly known: Map<string, Known>;
  /** When it was read that there is none. */
  readonly unknown: Map<string, number>;
  readonly lookup: Gathered<PusherApp>;
}

/**
 * Apps in the table of Soketi. A change of the table counts within `ttlMs`, or at once after a `refresh` at any gateway. While
 * the database does not answer, every app that was known goes on as it was.
 */
export class DatabaseApps implements AppSource {
  readonly #options: DatabaseAppsOptions;
  readonly #indexes: Readonly<Record<Column, Index>>;
  /** By id, what was said of a row that cannot be read in full. */
  readonly #complaints = new Map<string, string>();
  #refreshedAt = -Infinity;
  #retryAt = -Infinity;
  #isAway = false;
  #isSlow = false;

  private constructor(options: DatabaseAppsOptions) {
    this.#options = options;
    this.#indexes = { id: this.#createIndex('id'), key: this.#createIndex('key') };
  }

  /** @throws {DatabaseError} where the table cannot be read, other than for a database that does not answer just now. */
  static async open(options: DatabaseAppsOptions): Promise<DatabaseApps> {
    const { table, name, bus, log } = options;
    try {
      await table.rows('key', ['']);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) {
        throw new DatabaseError(`the apps in ${name} cannot be read: ${textOf(error)}`);
      }
      log.warn('apps: the database does not answer yet', { table: name, error: textOf(error) });
    }
    const apps = new DatabaseApps(options);
    await bus.subscribe(APPS_CHANNEL, () => {
      apps.#renew();
    });
    bus.onChange((isWell) => {
      // A refresh may have been missed.
      if (isWell) apps.#renew();
    });
    return apps;
  }

  findById(id: string): Promise<PusherApp | null> {
    return this.#find('id', id);
  }

  findByKey(key: string): Promise<PusherApp | null> {
    return this.#find('key', key);
  }

  /** Every gateway reads each app anew when it is next asked for. */
  refresh(): void {
    this.#renew();
    void this.#options.bus.publish(APPS_CHANNEL, '');
  }

  async close(): Promise<void> {
    this.#options.bus.unsubscribe(APPS_CHANNEL);
    await this.#options.table.close();
  }

  #createIndex(column: Column): Index {
    const lookup = new Gathered<PusherApp>({
      read: (values) => this.#read(column, values),
      most: ROWS_AT_ONCE,
      queue: UNKNOWN_MOST,
      refuse: unavailable,
    });
    return { known: new Map(), unknown: new Map(), lookup };
  }

  #renew(): void {
    this.#refreshedAt = performance.now();
    for (const { lookup } of Object.values(this.#indexes)) lookup.renew();
  }

  #isFresh(readAt: number, ttlMs: number): boolean {
    return readAt > this.#refreshedAt && performance.now() - readAt < ttlMs;
  }

  async #find(column: Column, value: string): Promise<PusherApp | null> {
    // Asked for with anything else, the database may refuse all that is asked with it.
    if (!IDENTITY.test(value)) return null;
    const { ttlMs } = this.#options;
    const { known, unknown, lookup } = this.#indexes[column];
    const there = known.get(value);
    if (there && this.#isFresh(there.readAt, ttlMs)) return there.app;
    const missedAt = unknown.get(value);
    if (missedAt !== undefined && this.#isFresh(missedAt, Math.min(ttlMs, UNKNOWN_TTL_MS)))
      return null;
    if (performance.now() < this.#retryAt) {
      if (there) return there.app;
      throw unavailable();
    }
    const asked = lookup.get(value);
    return there ? this.#orElse(asked, there.app) : asked;
  }

  /** The answer; `known` where there is none in time. */
  async #orElse(asked: Promise<PusherApp | null>, known: PusherApp): Promise<PusherApp | null> {
    const answer = asked.catch(() => known);
    if (this.#isSlow) return known;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<PusherApp>((resolve) => {
      timer = setTimeout(() => {
        this.#isSlow = true;
        resolve(known);
      }, PATIENCE_MS);
    });
    const first = await Promise.race([answer, patience]);
    clearTimeout(timer);
    return first;
  }

  async #read(column: Column, values: string[]): Promise<ReadonlyMap<string, PusherApp>> {
    const readAt = performance.now();
    let rows: AppRow[];
    try {
      rows = await this.#options.table.rows(column, values);
    } catch (error) {
      this.#noteFailure(error);
      throw databaseRefusal(error) ?? unavailable();
    }
    this.#noteAnswer();
    const found = new Map<string, PusherApp>();
    for (const row of rows) {
      const app = this.#parse(row);
      if (app && !found.has(app[column])) {
        // By what it says, not by what was asked: to MySQL `KEY` equals `key`, to whoever signs with it, it does not.
        found.set(app[column], app);
        for (const by of ['id', 'key'] as const) {
          this.#indexes[by].known.set(app[by], { app, readAt });
          this.#indexes[by].unknown.delete(app[by]);
        }
      }
    }
    for (const value of values) if (!found.has(value)) this.#noteUnknown(column, value, readAt);
    return found;
  }

  #noteUnknown(column: Column, value: string, readAt: number): void {
    const { known, unknown } = this.#indexes[column];
    known.delete(value);
    unknown.delete(value);
    const [oldest] = unknown.keys();
    if (unknown.size >= UNKNOWN_MOST && oldest !== undefined) unknown.delete(oldest);
    unknown.set(value, readAt);
  }

  #parse(row: AppRow): PusherApp | null {
    const { app, problems } = parseApp(row, this.#options.defaults);
    const id = String(row['id']);
    const complaint = problems.join('; ');
    if (complaint !== (this.#complaints.get(id) ?? '')) {
      if (complaint) this.#options.log.warn('apps: a row is wrong', { app: id, problems });
      this.#complaints.set(id, complaint);
    }
    return app;
  }

  #noteFailure(error: unknown): void {
    this.#retryAt = performance.now() + RETRY_MS;
    if (this.#isAway) return;
    this.#isAway = true;
    const fields = { table: this.#options.name, error: textOf(error) };
    if (isDatabaseUnavailable(error))
      this.#options.log.warn('apps: the database does not answer; known apps go on', fields);
    else this.#options.log.error('apps: the table cannot be read; known apps go on', fields);
  }

  #noteAnswer(): void {
    this.#isSlow = false;
    this.#retryAt = -Infinity;
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.log.info('apps: the database answers again', { table: this.#options.name });
  }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const unavailable = () =>
  new Refusal('unavailable', 'the apps cannot be read just now: try again later', {
    retryAfterMs: RETRY_MS,
  });
