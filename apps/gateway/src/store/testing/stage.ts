import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '../../refusal';
import { Database } from '../database';
import { RoomEntity } from '../entities/room.entity';
import { RoomHeadEntity } from '../entities/room-head.entity';
import { StalePolicy, RoomLog, type Appended, type CommittedBatch, type Draft } from '../room-log';
import { MariadbServer } from '../../testing/mariadb-server';
import { silent } from '../../testing/silent-log';

export type Kind = Database['kind'];

/** A gateway as far as the store is concerned: a connection to the database, a log, and what that log has committed. */
export interface Gateway {
  database: Database;
  log: RoomLog;
  /** In the order in which they were told. */
  batches: CommittedBatch[];
}

/** One empty database, for several gateways. SQLite's file has one connection, which they share. */
export class Stage {
  readonly #gateways: Gateway[] = [];
  #sqlite: Database | undefined;
  #rooms = 0;

  private constructor(
    readonly kind: Kind,
    readonly folder: string,
    private readonly mysql: { server: MariadbServer; database: string } | null,
  ) {}

  static async create(kind: Kind): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-store-'));
    if (kind === 'sqlite') return new Stage(kind, folder, null);
    const server = await MariadbServer.start();
    return new Stage(kind, folder, { server, database: await server.createDatabase() });
  }

  /** @throws {TypeError} where there is none. */
  get server(): MariadbServer {
    if (!this.mysql) throw new TypeError('SQLite has no server');
    return this.mysql.server;
  }

  /** `port` where MySQL is reached by another one. */
  settings(port?: number) {
    const url = this.mysql
      ? { DATABASE_URL: this.mysql.server.url(this.mysql.database, port) }
      : {};
    return { ...url, DATABASE_POOL: 8, DATA_DIR: this.folder };
  }

  async gateway(port?: number): Promise<Gateway> {
    const settings = this.settings(port);
    const database = this.#sqlite ?? (await Database.open(settings, silent));
    if (this.kind === 'sqlite') this.#sqlite = database;
    const batches: CommittedBatch[] = [];
    const committed = (batch: CommittedBatch) => {
      batches.push(batch);
    };
    const log = new RoomLog(database, committed, {
      poolSize: settings.DATABASE_POOL,
      log: silent,
    });
    const gateway = { database, log, batches };
    this.#gateways.push(gateway);
    return gateway;
  }

  async gateways(count: number): Promise<Gateway[]> {
    const gateways: Gateway[] = [];
    while (gateways.length < count) gateways.push(await this.gateway());
    return gateways;
  }

  async room({ database }: Gateway): Promise<number> {
    this.#rooms++;
    const slug = `room-${String(this.#rooms)}`;
    return database.transaction(async (manager) => {
      const room = manager.create(RoomEntity, {
        slug,
        title: slug,
        ownerId: null,
        state: 'live',
        visibility: 'public',
        streamUrl: null,
        createdAt: Date.now(),
      });
      const { id } = await manager.save(room);
      await manager.insert(RoomHeadEntity, { roomId: id });
      return id;
    });
  }

  async close(): Promise<void> {
    this.mysql?.server.resume();
    await Promise.all(this.#gateways.map(({ log }) => log.close()));
    for (const { database } of this.#gateways) await database.close();
    await this.mysql?.server.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function say(text: string, more: Partial<Draft> = {}): Draft {
  return {
    kind: 'message',
    userId: 'ann',
    key: null,
    body: { user: { id: more.userId ?? 'ann' }, text },
    policyVersion: 0,
    ...more,
  };
}

export function mute(userId: string, policyVersion: number): Draft {
  return {
    kind: 'mute',
    userId: null,
    key: null,
    body: { user: userId, by: 'mod' },
    policyVersion,
    effect: { type: 'mute', userId, until: Date.now() + 60_000 },
  };
}

export async function policyVersion({ database }: Gateway, roomId: number): Promise<number> {
  const head = await database.repository(RoomHeadEntity).findOneByOrFail({ roomId });
  return head.policyVersion;
}

/** Appends as a client does: again with the same key where the database was held up, and for half a second is enough. */
export async function appendAtLast(
  { log }: Gateway,
  roomId: number,
  draft: Draft,
): Promise<Appended> {
  const keyed = { ...draft, key: draft.key ?? randomUUID() };
  for (;;) {
    try {
      return await log.append(roomId, keyed);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'unavailable') throw error;
      await delay(error.details.retryAfterMs ?? 100);
    }
  }
}

/** Appends under the current policy, as a use case does. */
export async function appendUnderPolicy(gateway: Gateway, roomId: number, draft: Draft) {
  for (;;) {
    const version = await policyVersion(gateway, roomId);
    try {
      return await appendAtLast(gateway, roomId, { ...draft, policyVersion: version });
    } catch (error) {
      if (!(error instanceof StalePolicy)) throw error;
    }
  }
}

/** The whole log of a room. */
export async function readAll({ log }: Gateway, roomId: number) {
  const all = await log.read(roomId, { after: 0, limit: 100_000 });
  return all.map(({ seq, json, ...rest }) => ({
    seq,
    ...rest,
    entry: JSON.parse(json) as Record<string, unknown>,
  }));
}

export const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
