import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CuttingProxy } from '../testing/cutting-proxy';
import { FairClock } from '../testing/fair-clock';
import {
  Stage,
  appendAtLast,
  mute,
  policyVersion,
  readAll,
  say,
  upTo,
  type Gateway,
  type Kind,
} from './testing/stage';
import { until } from '../testing/until';

jest.setTimeout(60_000);

const GATEWAY_FOLDER = join(__dirname, '../..');
const KINDS: Kind[] = ['sqlite', 'mysql'];

describe.each(KINDS)('G1: acknowledged is durable over %s', (kind) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.create(kind);
  });
  afterAll(() => stage.close());

  /** What a gateway acknowledged before it was killed in the midst of it: text by sequence. */
  async function appendAndDie(roomId: number): Promise<Map<number, string>> {
    const program = require.resolve('./testing/append-until-killed');
    const settings = JSON.stringify(stage.settings());
    const child = spawn(process.execPath, ['--import', 'tsx', program, settings, String(roomId)], {
      cwd: GATEWAY_FOLDER,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(GATEWAY_FOLDER, 'tsconfig.json') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged = new Map<number, string>();
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      const [seq, text = ''] = line.split(' ');
      acknowledged.set(Number(seq), text);
      if (acknowledged.size === 500) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    return acknowledged;
  }

  it('what a gateway acknowledged before kill -9 is there, without a gap', async () => {
    const first = await stage.gateway();
    const roomId = await stage.room(first);
    const acknowledged = new Map<number, string>();
    for (let round = 0; round < 2; round++) {
      for (const [seq, text] of await appendAndDie(roomId)) {
        expect(acknowledged.has(seq)).toBe(false);
        acknowledged.set(seq, text);
      }
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(1_000);
    const all = await readAll(first, roomId);
    expect(all.map(({ seq }) => seq)).toEqual(upTo(all.length));
    for (const [seq, text] of acknowledged) expect(all[seq - 1]?.entry).toMatchObject({ text });
    await expect(first.log.append(roomId, say('next'))).resolves.toMatchObject({
      seq: all.length + 1,
    });
  });
});

describe('while MySQL is away', () => {
  let stage: Stage;
  let one: Gateway;
  let other: Gateway;
  let roomId: number;
  let clock: FairClock;

  beforeAll(async () => {
    clock = new FairClock();
    stage = await Stage.create('mysql');
    one = await stage.gateway();
    other = await stage.gateway();
  });
  afterAll(() => {
    clock.close();
    return stage.close();
  });
  beforeEach(async () => {
    roomId = await stage.room(one);
  });

  const sequences = async () => (await readAll(one, roomId)).map(({ seq }) => seq);
  const timed = async <T>(work: Promise<T>) => {
    const { result, tookMs } = await clock.time(Promise.allSettled([work]));
    return { result: result[0], tookMs };
  };
  const unavailable = { status: 'rejected', reason: { code: 'unavailable' } };

  /** Sends again until it is in the log. */
  async function insist(gateway: Gateway, key: string) {
    for (;;) {
      try {
        return await gateway.log.append(roomId, say(key, { key }));
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
        await until('a moment later', () =>
          stage.server.query('SELECT 1').then(
            () => true,
            () => false,
          ),
        );
      }
    }
  }

  it('G4: killed and started again: every send settles, and no message is lost or doubled', async () => {
    let running = true;
    let settledAt = 0;
    const acknowledged: { key: string; seq: number }[] = [];
    const refused: string[] = [];
    const send = async (gateway: Gateway, name: string) => {
      for (let n = 0; running; n++) {
        const key = `${name}-${String(n)}-key`;
        try {
          const { seq } = await gateway.log.append(roomId, say(key, { key }));
          acknowledged.push({ key, seq });
        } catch (error) {
          expect(error).toMatchObject({ code: 'unavailable' });
          refused.push(key);
          // A client waits as it is told to.
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      settledAt = clock.now();
    };
    const writers = upTo(20).map((n) => send(n % 2 ? one : other, `writer-${String(n)}`));
    await until('entries', () => acknowledged.length > 500);
    await stage.server.kill();
    await until('refusals', () => refused.length > 0);
    await stage.server.start();
    const before = acknowledged.length;
    await until('entries again', () => acknowledged.length > before + 200);
    running = false;
    const stoppedAt = clock.now();
    await Promise.all(writers);
    expect(settledAt - stoppedAt).toBeLessThan(6_000);

    const again = await Promise.all(refused.map((key) => insist(other, key)));
    const all = await readAll(one, roomId);
    expect(all.map(({ seq }) => seq)).toEqual(upTo(all.length));
    expect(new Set(all.map(({ entry }) => entry['text'])).size).toBe(all.length);
    expect(all).toHaveLength(acknowledged.length + refused.length);
    for (const { key, seq } of acknowledged) expect(all[seq - 1]?.entry['text']).toBe(key);
    for (const [i, { seq }] of again.entries())
      expect(all[seq - 1]?.entry['text']).toBe(refused[i]);
  });

  it.each([
    ['committed', true],
    ['not committed', false],
  ])('G4: a lost answer to a COMMIT that was %s costs nobody anything', async (_, passOn) => {
    const proxy = await CuttingProxy.start(stage.server.port);
    try {
      const cut = await stage.gateway(proxy.port);
      proxy.cutAt('COMMIT', passOn);
      const sent = [...upTo(5).map((n) => say(String(n))), mute('bob', 0)];
      const appended = await Promise.all(sent.map((draft) => cut.log.append(roomId, draft)));
      expect(proxy.cuts).toBe(1);
      expect(appended.map(({ seq }) => seq)).toEqual(upTo(6));
      expect(appended.some(({ duplicate }) => duplicate)).toBe(false);
      await expect(
        cut.log.append(roomId, say('next', { policyVersion: 1 })),
      ).resolves.toMatchObject({ seq: 7 });
      const told = cut.batches.map(({ from, entries }) => [from, entries.length]);
      expect(told).toEqual([
        [1, 6],
        [7, 1],
      ]);
      expect(await sequences()).toEqual(upTo(7));
      expect(await policyVersion(one, roomId)).toBe(1);
      await cut.database.close();
    } finally {
      await proxy.close();
    }
  });

  it('G11: hung: sends and reads are refused in time, and all is well when it is back', async () => {
    await one.log.append(roomId, say('before'));
    stage.server.pause();
    try {
      await expect(timed(one.database.isReachable())).resolves.toMatchObject({
        result: { value: false },
      });
      const keyed = upTo(40).map((n) => say(String(n), { key: `frozen-${String(n)}` }));
      const sends = keyed.map((draft) => timed(one.log.append(roomId, draft)));
      // More than there are connections: they are not to be kept, or lost, one after the other.
      const reads = upTo(40).map(() => timed(one.log.read(roomId, { limit: 1 })));
      for (const { result, tookMs } of await Promise.all(sends)) {
        expect(result).toMatchObject(unavailable);
        expect(tookMs).toBeLessThan(6_000);
      }
      for (const { result, tookMs } of await Promise.all(reads)) {
        expect(result.status).toBe('rejected');
        expect(tookMs).toBeLessThan(6_000);
      }
      const reachable = await timed(one.database.isReachable());
      expect(reachable.result).toMatchObject({ value: false });
      expect(reachable.tookMs).toBeLessThan(1_000);
    } finally {
      stage.server.resume();
    }
    await until('it answers', () => one.database.isReachable());
    await Promise.all(upTo(40).map((n) => insist(n % 2 ? one : other, `frozen-${String(n)}`)));
    expect(await sequences()).toEqual(upTo(41));
    await Promise.all(upTo(40).map(() => one.log.read(roomId, { limit: 1 })));
  });

  it('hung: what waits is bounded, and is refused with the first', async () => {
    stage.server.pause();
    try {
      const sends = upTo(20_001).map(() => timed(other.log.append(roomId, say('x'))));
      const last = await sends.at(-1);
      expect(last?.result).toMatchObject(unavailable);
      expect(last?.tookMs).toBeLessThan(500);
      const settled = await Promise.all(sends);
      expect(settled.filter(({ result }) => result.status === 'fulfilled')).toEqual([]);
      expect(Math.max(...settled.map(({ tookMs }) => tookMs))).toBeLessThan(6_000);
    } finally {
      stage.server.resume();
    }
    await insist(other, 'the-first-after-it');
  });

  it('hung: a gateway can end', async () => {
    const ending = await stage.gateway();
    const reads = upTo(8).map(() => ending.log.read(roomId, { limit: 1 }));
    await Promise.all(reads);
    stage.server.pause();
    try {
      const send = timed(ending.log.append(roomId, say('x', { key: 'the-last-one' })));
      const { tookMs } = await timed(ending.log.close().then(() => ending.database.close()));
      expect(tookMs).toBeLessThan(8_000);
      expect((await send).result).toMatchObject(unavailable);
    } finally {
      stage.server.resume();
    }
    await insist(one, 'the-last-one');
    expect(await sequences()).toEqual([1]);
  });

  it('G7: a room that an unreachable gateway has locked is free again, and the others never wait long', async () => {
    const rooms = [roomId];
    while (rooms.length < 40) rooms.push(await stage.room(one));
    const locked = rooms[20]!;
    const proxy = await CuttingProxy.start(stage.server.port);
    const lost = await stage.gateway(proxy.port);
    const runner = lost.database.dataSource.createQueryRunner();
    try {
      await runner.query('START TRANSACTION');
      await runner.query(`UPDATE room_heads SET last_seq = 9 WHERE room_id = ${String(locked)}`);
      proxy.partition();
      const keyed = (id: number) => say('x', { key: `the-first-of-${String(id)}` });
      const sends = await Promise.all(rooms.map((id) => timed(one.log.append(id, keyed(id)))));
      for (const [i, { result, tookMs }] of sends.entries()) {
        expect(tookMs).toBeLessThan(6_000);
        if (rooms[i] === locked) expect(result).toMatchObject(unavailable);
      }
      // Where the disk is slow, those behind it are told to come again, and nobody else's lock is in their way then.
      expect(sends.filter(({ result }) => result.status === 'fulfilled').length).toBeGreaterThan(0);
      const others = rooms.filter((id) => id !== locked);
      const again = await Promise.all(others.map((id) => appendAtLast(one, id, keyed(id))));
      expect(again.map(({ seq }) => seq)).toEqual(others.map(() => 1));
      const draft = say('x', { key: 'in-the-end' });
      await until('it is free', () =>
        one.log.append(locked, draft).then(
          () => true,
          () => false,
        ),
      );
      expect(await one.log.heads([locked])).toEqual(new Map([[locked, 1]]));
    } finally {
      await proxy.close();
      await runner.release();
    }
  });
});
