import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionUser } from '@hubbub/protocol';
import { readSettings } from './env';
import { createParts, type Parts } from './parts';
import { DirectoryService } from './rooms/directory.service';
import { UserEntity } from './store/entities/user.entity';
import type { Kind } from './store/testing/stage';
import { MariadbServer } from './testing/mariadb-server';
import { RedisServer } from './testing/redis-server';
import { silent } from './testing/silent-log';

jest.setTimeout(120_000);

const GATEWAY_FOLDER = join(__dirname, '..');
const PASSWORD = 'between-us-alone';
const ANN: SessionUser = { id: 'ann', name: 'Ann', role: 'user' };
const BOB: SessionUser = { id: 'bob', name: 'Bob', role: 'user' };
const BOT: SessionUser = { id: 'bot', name: 'Bot', role: 'bot' };

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** The program as operations run it. */
function runCheck(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { DATABASE_URL: _url, DATA_DIR: _dir, ...rest } = process.env;
  const env = {
    ...rest,
    TSX_TSCONFIG_PATH: join(GATEWAY_FOLDER, 'tsconfig.json'),
    ...environment,
  };
  const program = ['--import', 'tsx', join(__dirname, 'check-log.ts'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, program, { cwd: GATEWAY_FOLDER, env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

const KINDS: Kind[] = ['sqlite', 'mysql'];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(KINDS)('check-log over %s', (kind) => {
  let mariadb: MariadbServer | null = null;
  let redis: RedisServer | null = null;
  let parts: Parts;
  let place: string[];

  beforeAll(async () => {
    const environment: NodeJS.ProcessEnv = { DATA_DIR: folder };
    place = ['--data-dir', folder];
    if (kind === 'mysql') {
      [mariadb, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()]);
      const name = await mariadb.createDatabase();
      await mariadb.query(`CREATE USER reader@127.0.0.1 IDENTIFIED BY '${PASSWORD}'`);
      await mariadb.query(`GRANT SELECT ON ${name}.* TO reader@127.0.0.1`);
      environment['DATABASE_URL'] = mariadb.url(name);
      environment['REDIS_URL'] = redis.url;
      environment['SESSION_SECRET'] = 'a secret that is long enough for this';
      place = ['--database', mariadb.url(name).replace('root@', `reader:${PASSWORD}@`)];
    }
    parts = await createParts(readSettings(environment), silent);
    await talk();
  });
  afterAll(async () => {
    await parts.close();
    await Promise.all([redis?.kill(), mariadb?.remove()]);
  });

  /** A room in which everything has happened that makes entries, and one that was removed. */
  async function talk(): Promise<void> {
    const { database, roomLog, roomStore, viewers, floor, speech, moderation } = parts;
    const directory = new DirectoryService(database, roomLog, roomStore, viewers, floor, silent);
    const row = { handle: null, passwordHash: null, createdAt: Date.now() };
    await database.repository(UserEntity).insert([
      { ...ANN, ...row },
      { ...BOB, ...row },
    ]);
    const room = 'lobby';
    for (const slug of [room, 'gone']) {
      await directory.create(ANN, { slug, title: slug, visibility: 'public' });
    }
    await directory.update(ANN, room, { state: 'live', title: 'The lobby' });
    await directory.update(ANN, room, { streamUrl: 'https://example.org/a.m3u8' });
    await directory.update(ANN, room, { streamUrl: null, visibility: 'unlisted' });
    await directory.update(ANN, room, { visibility: 'public' });
    const danmaku = { mode: 'scroll', color: '#ff0000', size: 'normal' } as const;
    const request = { room, key: 'the-first-key', text: '你好 "quoted" 👋', danmaku };
    const first = await speech.send(BOB, request);
    await expect(speech.send(BOB, request)).resolves.toMatchObject({ duplicate: true });
    await speech.send(ANN, { room, key: 'the-second-key', text: 'yes', replyTo: first.seq });
    await moderation.delete(ANN, { room, seq: first.seq });
    await moderation.mute(ANN, { room, user: BOB.id, seconds: 60, reason: 'spam' });
    await moderation.unmute(ANN, { room, user: BOB.id });
    await directory.update(ANN, room, { slowModeMs: 1_000 });
    await speech.send(BOT, { room: 'gone', key: 'in-a-room-that-goes', text: 'x' });
    await directory.remove(ANN, 'gone');
    await directory.onModuleDestroy();
  }

  it('nothing is wrong with what the use cases make', async () => {
    const { code, out, err } = await runCheck(place);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/: 1 room with 10 entries, in \d+\.\d s\. Nothing is wrong\.\n$/);
  });

  it('says what is wrong, in words and as JSON, and never a message or a password', async () => {
    const { dataSource } = parts.database;
    await dataSource.query('UPDATE room_entries SET withdrawn = 0');
    await dataSource.query('UPDATE room_heads SET last_seq = 3');
    const told = await runCheck(place);
    expect(told.code).toBe(1);
    expect(told.out).toContain('lobby (id 1)\n');
    expect(told.out).toContain('  head-behind: the head is 3, and the last entry 10\n');
    expect(told.out).toContain('  not-withdrawn × 1: a message was deleted, and is given out');
    expect(told.out + told.err).not.toMatch(new RegExp(`${PASSWORD}|quoted`));

    const { code, out } = await runCheck([...place, '--json', '--room', 'lobby']);
    expect(code).toBe(1);
    const [room, summary, ...rest] = out
      .split('\n')
      .map((line) => line && (JSON.parse(line) as unknown));
    expect(rest).toEqual(['']);
    const faults = { 'not-withdrawn': 1, 'head-behind': 1 };
    expect(room).toMatchObject({ room: 'lobby', roomId: 1, entries: 10, faults });
    expect(summary).toMatchObject({ rooms: 1, entries: 10, faults, repaired: 0 });
  });

  it('repairs where it is asked to and may', async () => {
    const { dataSource } = parts.database;
    await dataSource.query('UPDATE room_entries SET withdrawn = 1 WHERE seq = 5');
    await dataSource.query('UPDATE room_heads SET last_seq = 3');
    if (mariadb) {
      const refused = await runCheck([...place, '--repair']);
      expect(refused.code).toBe(2);
      expect(refused.err).toContain('does not answer: UPDATE command denied');
      expect(refused.err).not.toContain(PASSWORD);
      await mariadb.query('GRANT UPDATE ON *.* TO reader@127.0.0.1');
    }
    const repaired = await runCheck([...place, '--repair']);
    expect(repaired.code).toBe(1);
    expect(repaired.out).toContain('the last entry 10: now it is 10');
    expect(repaired.out).toContain('Heads raised: 1');
    expect((await runCheck(place)).code).toBe(0);
  });

  it('could not look: 2, and why', async () => {
    const { code, out, err } = await runCheck([...place, '--room', 'nowhere']);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: 'hubbub: there is no room "nowhere"\n',
    });
  });
});

describe('check-log', () => {
  it('without a database or a file: 2, and nothing is made', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    const { code, err } = await runCheck([], { DATA_DIR: empty });
    expect({ code, err }).toEqual({
      code: 2,
      err: `hubbub: there is no ${join(empty, 'hubbub.sqlite')}\n`,
    });
    expect(await readdir(empty)).toEqual([]);
  });

  it('a server that is not there, or that does not let it in: 2, without the password', async () => {
    const mariadb = await MariadbServer.start();
    const { port } = mariadb;
    const url = `mysql://nobody:${PASSWORD}@127.0.0.1:${String(port)}/hubbub`;
    const refused = await runCheck([], { DATABASE_URL: url });
    await mariadb.remove();
    const missing = await runCheck(['--database', url]);
    for (const { code, err } of [refused, missing]) {
      expect(code).toBe(2);
      expect(err).toContain(`hubbub: mysql://127.0.0.1:${String(port)}/hubbub does not open: `);
      expect(err).not.toContain(PASSWORD);
    }
    expect(refused.err).toContain('Access denied');
    expect(missing.err).toContain('ECONNREFUSED');
  });

  it.each([
    [['--database', `postgres://user:${PASSWORD}@host/db`], 'is no mysql://'],
    [['--database', `mysql://user:${PASSWORD}@host/db`, '--data-dir', '.'], 'two databases'],
    [['--databse', `mysql://user:${PASSWORD}@host/db`], 'not understood'],
    [[`mysql://user:${PASSWORD}@host/db`], 'not understood'],
  ])('arguments that are wrong: 2, without the password (%#)', async (args, why) => {
    const { code, out, err } = await runCheck(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err).not.toContain(PASSWORD);
  });

  it('helps', async () => {
    const { code, out } = await runCheck(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('--repair');
  });
});
