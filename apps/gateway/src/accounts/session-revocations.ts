import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LessThan, MoreThan } from 'typeorm';
import type { Settings } from '../env';
import type { Log } from '../log';
import { Database } from '../store/database';
import { RevokedSessionEntity } from '../store/entities/revoked-session.entity';
import { LOG, SETTINGS } from '../tokens';
import type { Session } from './session';

const RELOAD_MS = 30_000;
const DAY_MS = 24 * 3600 * 1000;

/** A session that ended before its token ran out. */
export interface Revocation {
  /** The session's id (`jti`). */
  id: string;
  /** True where it was signed out here, and the other gateways are to be told; false where this gateway was told. */
  here: boolean;
}

/**
 * Which sessions were signed out. Asked on every request, so it is answered from memory: what is signed out here counts at once,
 * what is signed out elsewhere as soon as the bus says so, and within 30 s at the latest, from the database.
 */
@Injectable()
export class SessionRevocations implements OnModuleInit, OnModuleDestroy {
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #log: Log;
  /** By session id: until when (Unix ms) it has to be remembered. */
  readonly #revoked = new Map<string, number>();
  readonly #listeners = new Set<(revocation: Revocation) => void>();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  constructor(database: Database, @Inject(SETTINGS) settings: Settings, @Inject(LOG) log: Log) {
    this.#database = database;
    this.#settings = settings;
    this.#log = log;
  }

  async onModuleInit(): Promise<void> {
    await this.#database
      .repository(RevokedSessionEntity)
      .delete({ expiresAt: LessThan(Date.now()) });
    await this.reload();
    this.#timer = setInterval(() => {
      this.#reading ??= this.#tryReload().finally(() => {
        this.#reading = undefined;
      });
    }, RELOAD_MS);
    this.#timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
  }

  isRevoked(id: string): boolean {
    return this.#revoked.has(id);
  }

  /** Ends the session: durable when it resolves. */
  async revoke(session: Pick<Session, 'id' | 'expiresAt'>): Promise<void> {
    await this.#database
      .repository(RevokedSessionEntity)
      .upsert({ id: session.id, expiresAt: session.expiresAt }, ['id']);
    this.#add(session.id, session.expiresAt, true);
  }

  /** Another gateway says that the session has ended. */
  note(id: string): void {
    this.#add(id, Date.now() + this.#settings.SESSION_DAYS * DAY_MS, false);
  }

  /** The listener is called once for each session that ends. Returns what takes the listener away. */
  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads what other gateways have written, and forgets what has run out. */
  async reload(): Promise<void> {
    const now = Date.now();
    const rows = await this.#database
      .repository(RevokedSessionEntity)
      .findBy({ expiresAt: MoreThan(now) });
    for (const row of rows) this.#add(row.id, row.expiresAt, false);
    for (const [id, expiresAt] of this.#revoked) {
      if (expiresAt <= now) this.#revoked.delete(id);
    }
  }

  async #tryReload(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.#log.debug('sessions: the sign-outs of other gateways were not read', {
        error: String(error),
      });
    }
  }

  #add(id: string, expiresAt: number, here: boolean): void {
    if (this.#revoked.has(id)) return;
    this.#revoked.set(id, expiresAt);
    for (const listener of this.#listeners) {
      try {
        listener({ id, here });
      } catch (error) {
        this.#log.error('sessions: a listener for sign-outs failed', { error: String(error) });
      }
    }
  }
}
