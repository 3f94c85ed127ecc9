import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log';
import { Database } from '../database';
import { RoomEntity } from '../entities/room.entity';
import { RoomHeadEntity } from '../entities/room-head.entity';
import { StalePolicy, RoomLog, type CommittedBatch, type Draft } from '../room-log';
import { MariadbServer } from './mariadb';

export type Kind = Database['kind'];

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Resolves when `holds`. @throws when it does not within `withinMs`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await delay(10);
  }
}

/** A gateway as far as the store is concerned: a connection to the database, a log, and what that log has committed. */
export interface Gateway {
  database: Database;
  log: RoomLog;
  /** In the order in which they were told. */
  batches: CommittedBatch[];
  close(): Promise<void>;
}

/** One empty database, for several gateways where it is MySQL. */
export class Stage {
  readonly #gateways: Gateway[] = [];
  #rooms = 0;

  private constructor(
    readonly kind: Kind,
    readonly server: MariadbServer | null,
    private readonly folder: string,
  ) {}

  static async create(kind: Kind): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-store-'));
    const server = kind === 'mysql' ? await MariadbServer.create() : null;
    await server?.query('CREATE DATABASE hubbub');
    return new Stage(kind, server, folder);
  }

  get settings() {
    const url = this.server ? { DATABASE_URL: this.server.url('hubbub') } : {};
    return { ...url, DATABASE_POOL: 8, DATA_DIR: this.folder };
  }

  async gateway(): Promise<Gateway> {
    const database = await Database.open(this.settings, silent);
    const batches: CommittedBatch[] = [];
    const committed = (batch: CommittedBatch) => {
      batches.push(batch);
    };
    const log = new RoomLog(database, committed, {
      poolSize: this.settings.DATABASE_POOL,
      log: silent,
    });
    const gateway = {
      database,
      log,
      batches,
      close: async () => {
        await log.close();
        await database.close();
      },
    };
    this.#gateways.push(gateway);
    return gateway;
  }

  /** As many as can share the database: one has SQLite's file. */
  gateways(count: number): Promise<Gateway[]> {
    const some = this.kind === 'mysql' ? count : 1;
    return Promise.all(Array.from({ length: some }, () => this.gateway()));
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
    this.server?.thaw();
    await Promise.all(this.#gateways.map((gateway) => gateway.close()));
    await this.server?.close();
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

/** Appends under the current policy, as a use case does. */
export async function appendUnderPolicy(gateway: Gateway, roomId: number, draft: Draft) {
  for (;;) {
    const version = await policyVersion(gateway, roomId);
    try {
      return await gateway.log.append(roomId, { ...draft, policyVersion: version });
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
