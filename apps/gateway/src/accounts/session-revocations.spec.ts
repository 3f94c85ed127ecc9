import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../env';
import { Database } from '../store/database';
import { RevokedSessionEntity } from '../store/entities/revoked-session.entity';
import { silent } from '../testing/silent-log';
import { SessionRevocations, type Revocation } from './session-revocations';

const LATER = Date.now() + 60_000;

describe('sessions that were signed out', () => {
  let folder: string;
  let database: Database;
  const settings = readSettings({});
  const open: SessionRevocations[] = [];

  async function gateway(): Promise<SessionRevocations> {
    const revocations = new SessionRevocations(database, settings, silent);
    open.push(revocations);
    await revocations.onModuleInit();
    return revocations;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hubbub-revoked-'));
    database = await Database.open({ ...settings, DATA_DIR: folder }, silent);
  });
  afterAll(async () => {
    for (const revocations of open) await revocations.onModuleDestroy();
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('are known at once, after a restart, and to other gateways when they read', async () => {
    const one = await gateway();
    const other = await gateway();
    const heard: Revocation[] = [];
    other.onRevoked((revocation) => heard.push(revocation));
    await one.revoke({ id: 'a', expiresAt: LATER });
    expect(one.isRevoked('a')).toBe(true);
    expect(other.isRevoked('a')).toBe(false);
    await other.reload();
    expect(other.isRevoked('a')).toBe(true);
    expect(heard).toEqual([{ id: 'a', here: false }]);
    expect((await gateway()).isRevoked('a')).toBe(true);
  });

  it('are told to listeners once, whichever way they are heard of', async () => {
    const one = await gateway();
    const heard: Revocation[] = [];
    const stop = one.onRevoked((revocation) => heard.push(revocation));
    await one.revoke({ id: 'b', expiresAt: LATER });
    await one.revoke({ id: 'b', expiresAt: LATER });
    one.note('b');
    one.note('c');
    await one.reload();
    stop();
    one.note('d');
    expect(heard).toEqual([
      { id: 'b', here: true },
      { id: 'c', here: false },
    ]);
    expect(one.isRevoked('c')).toBe(true);
  });

  it('are forgotten when their tokens have run out by themselves', async () => {
    await (await gateway()).revoke({ id: 'old', expiresAt: Date.now() - 1 });
    const one = await gateway();
    expect(one.isRevoked('old')).toBe(false);
    const rows = database.repository(RevokedSessionEntity);
    await expect(rows.existsBy({ id: 'old' })).resolves.toBe(false);
  });
});
