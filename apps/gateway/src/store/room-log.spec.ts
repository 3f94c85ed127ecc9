import { setImmediate as turnEnd, setTimeout as delay } from 'node:timers/promises';
import { RoomEntity } from './entities/room.entity';
import { RoomHeadEntity } from './entities/room-head.entity';
import { RoomMemberEntity } from './entities/room-member.entity';
import { RoomLog, StalePolicy, type Appended } from './room-log';
import {
  Stage,
  appendAtLast,
  appendUnderPolicy,
  mute,
  policyVersion,
  readAll,
  say,
  upTo,
  type Gateway,
  type Kind,
} from './testing/stage';
import { silent } from '../testing/silent-log';

jest.setTimeout(60_000);

const KINDS: Kind[] = ['sqlite', 'mysql'];

describe.each(KINDS)('over %s', (kind) => {
  let stage: Stage;
  let gateways: Gateway[];
  let one: Gateway;
  let other: Gateway;
  let roomId: number;

  beforeAll(async () => {
    stage = await Stage.create(kind);
    gateways = await stage.gateways(3);
    one = gateways[0]!;
    other = gateways.at(-1)!;
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    roomId = await stage.room(one);
    for (const { batches } of gateways) batches.length = 0;
  });

  const head = async () => (await one.log.heads([roomId])).get(roomId);
  const sequences = async () => (await readAll(one, roomId)).map(({ seq }) => seq);

  describe('G2: one order', () => {
    it('many writers on every gateway make 1, 2, 3, … without gap or repeat', async () => {
      const sends = upTo(1_200).map((n) =>
        gateways[n % gateways.length]!.log.append(roomId, say(String(n))),
      );
      const appended = await Promise.all(sends);
      expect(appended.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(upTo(1_200));
      const all = await readAll(other, roomId);
      expect(all.map(({ seq }) => seq)).toEqual(upTo(1_200));
      for (const [i, { seq, at }] of appended.entries()) {
        expect(all[seq - 1]).toMatchObject({ at, entry: { seq, at, text: String(i + 1) } });
      }
    });

    it('what one caller sends is committed in the order of sending', async () => {
      const appended = await Promise.all(
        upTo(700).map((n) => one.log.append(roomId, say(String(n)))),
      );
      expect(appended.map(({ seq }) => seq)).toEqual(upTo(700));
    });

    it('many rooms at once have an order each', async () => {
      const rooms = [roomId];
      for (let i = 1; i < 70; i++) rooms.push(await stage.room(one));
      await Promise.all(
        upTo(2_100).map((n) =>
          gateways[n % gateways.length]!.log.append(rooms[n % 70]!, say(String(n))),
        ),
      );
      const heads = await one.log.heads(rooms);
      expect([...heads.values()]).toEqual(rooms.map(() => 30));
      for (const id of rooms) {
        const all = await readAll(one, id);
        expect(all.map(({ seq }) => seq)).toEqual(upTo(30));
      }
    });

    it('every commit is told once, in order, before its sends resolve', async () => {
      let lastTold = 0;
      await Promise.all(
        upTo(900).map(async (n) => {
          const gateway = gateways[n % gateways.length]!;
          const { seq } = await gateway.log.append(roomId, say(String(n)));
          const told = gateway.batches.at(-1)!;
          expect(gateway.batches.some(({ entries }) => entries.some((e) => e.seq === seq))).toBe(
            true,
          );
          lastTold = Math.max(lastTold, told.from + told.entries.length - 1);
        }),
      );
      expect(lastTold).toBe(900);
      for (const { batches } of gateways) {
        let end = 0;
        for (const batch of batches) {
          expect(batch.roomId).toBe(roomId);
          expect(batch.from).toBeGreaterThan(end);
          expect(batch.entries.map(({ seq }) => seq)).toEqual(
            batch.entries.map((_, i) => batch.from + i),
          );
          end = batch.from + batch.entries.length - 1;
        }
      }
      const told = gateways.flatMap(({ batches }) => batches.flatMap(({ entries }) => entries));
      told.sort((a, b) => a.seq - b.seq);
      expect(told).toEqual(await one.log.read(roomId, { after: 0, limit: 1_000 }));
    });

    it('the time of an entry is not before that of an earlier one of this gateway', async () => {
      const appended: Appended[] = [];
      for (let i = 0; i < 50; i++) appended.push(await one.log.append(roomId, say('hi')));
      const now = jest.spyOn(Date, 'now').mockReturnValue(1_000);
      try {
        appended.push(await one.log.append(roomId, say('the clock was set back')));
      } finally {
        now.mockRestore();
      }
      const times = appended.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });
  });

  describe('G4: sending again is safe', () => {
    const keyed = (text = 'once') => say(text, { key: 'key-0001' });

    it('in one batch', async () => {
      const appended = await Promise.all(upTo(5).map(() => one.log.append(roomId, keyed())));
      expect(appended.map(({ seq }) => seq)).toEqual([1, 1, 1, 1, 1]);
      expect(appended.map(({ duplicate }) => duplicate)).toEqual([false, true, true, true, true]);
      expect(await head()).toBe(1);
    });

    it('one after the other, on any gateway, with the first answer', async () => {
      const first = await one.log.append(roomId, keyed());
      await one.log.append(roomId, say('in between'));
      const again = { ...first, duplicate: true };
      await expect(other.log.append(roomId, keyed())).resolves.toEqual(again);
      await expect(one.log.append(roomId, keyed())).resolves.toEqual(again);
      await expect(one.log.findByKey(roomId, 'ann', 'key-0001')).resolves.toEqual(again);
      await expect(one.log.findByKey(roomId, 'bob', 'key-0001')).resolves.toBeNull();
      expect(await head()).toBe(2);
    });

    it('at the same time on every gateway, among others', async () => {
      const keys = upTo(150).map((n) => `key-${String(n)}`);
      const sends = gateways.flatMap(({ log }) =>
        keys.map((key) => log.append(roomId, say(key, { key }))),
      );
      const appended = await Promise.all(sends);
      for (const [i, key] of keys.entries()) {
        const answers = gateways.map((_, g) => appended[g * keys.length + i]!);
        expect(new Set(answers.map(({ seq }) => seq)).size).toBe(1);
        expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
        const entry = await one.log.entry(roomId, answers[0]!.seq);
        expect(entry?.json).toContain(`"${key}"`);
      }
      expect(await sequences()).toEqual(upTo(150));
    });

    it('a repeated key does not make the others of its batch wait or skip a number', async () => {
      await one.log.append(roomId, keyed());
      const sends = upTo(20).map((n) =>
        one.log.append(roomId, n === 7 ? keyed('another text') : say(String(n))),
      );
      const appended = await Promise.all(sends);
      expect(appended[6]).toMatchObject({ seq: 1, duplicate: true });
      expect(await sequences()).toEqual(upTo(20));
      const all = await readAll(one, roomId);
      expect(all[0]?.entry).toMatchObject({ text: 'once' });
    });

    it('keys are told apart by case, by user and by room', async () => {
      const elsewhere = await stage.room(one);
      const seqs = await Promise.all([
        one.log.append(roomId, say('a', { key: 'abcdefgh' })),
        one.log.append(roomId, say('b', { key: 'ABCDEFGH' })),
        one.log.append(roomId, say('c', { key: 'abcdefgh', userId: 'ANN' })),
        one.log.append(roomId, say('d', { key: 'abcdefgh', userId: 'bob' })),
        one.log.append(elsewhere, say('e', { key: 'abcdefgh' })),
      ]);
      expect(seqs.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 1]);
      expect(seqs.some(({ duplicate }) => duplicate)).toBe(false);
    });
  });

  describe('G9: moderation is ordered', () => {
    it('a message that was checked before a mute is not committed after it', async () => {
      await one.log.append(roomId, say('before'));
      await one.log.append(roomId, mute('ann', 0));
      await expect(other.log.append(roomId, say('after'))).rejects.toThrow(StalePolicy);
      await expect(
        one.log.append(roomId, say('after', { policyVersion: 1 })),
      ).resolves.toMatchObject({ seq: 3 });
      const member = await one.database
        .repository(RoomMemberEntity)
        .findOneByOrFail({ roomId, userId: 'ann' });
      expect(member.role).toBe('viewer');
      expect(member.mutedUntil).toBeGreaterThan(Date.now());
    });

    it('nor when both are under way together', async () => {
      for (let round = 0; round < 10; round++) {
        const version = await policyVersion(one, roomId);
        const user = `user-${String(round)}`;
        const about = (n: number) => say(String(n), { userId: user, policyVersion: version });
        const sends = upTo(60).map((n) =>
          gateways[n % gateways.length]!.log.append(roomId, about(n)),
        );
        const muted = other.log.append(roomId, mute(user, version));
        sends.push(
          ...upTo(60).map((n) => gateways[n % gateways.length]!.log.append(roomId, about(n))),
        );
        const { seq } = await muted;
        for (const result of await Promise.allSettled(sends)) {
          if (result.status === 'fulfilled') expect(result.value.seq).toBeLessThan(seq);
          else expect(result.reason).toBeInstanceOf(StalePolicy);
        }
        const said = (await readAll(one, roomId)).filter(
          ({ entry }) => (entry.user as { id?: string }).id === user,
        );
        expect(said.every((entry) => entry.seq < seq)).toBe(true);
      }
      const all = await sequences();
      expect(all).toEqual(upTo(all.length));
    });

    it('of two changes made under one policy the second is told to look again', async () => {
      const results = await Promise.allSettled(
        upTo(6).map((n) =>
          gateways[n % gateways.length]!.log.append(roomId, mute(`u${String(n)}`, 0)),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await policyVersion(one, roomId)).toBe(1);
      expect(await sequences()).toEqual([1]);
    });

    it('changes and messages under the policy of the moment all go through', async () => {
      await Promise.all(
        upTo(90).map((n) =>
          appendUnderPolicy(
            gateways[n % gateways.length]!,
            roomId,
            n % 9 === 0 ? mute(`u${String(n)}`, 0) : say(String(n)),
          ),
        ),
      );
      expect(await sequences()).toEqual(upTo(90));
      expect(await policyVersion(one, roomId)).toBe(10);
    });

    it('a withdrawn message is given out without its text', async () => {
      const draft = say('something rude 🤬', { key: 'rude-0001' });
      const { seq, at } = await one.log.append(roomId, draft);
      await one.log.append(roomId, {
        kind: 'delete',
        userId: null,
        key: null,
        body: { target: seq, by: 'mod' },
        policyVersion: 0,
        effect: { type: 'withdraw', seq },
      });
      const json = JSON.stringify({
        seq,
        at,
        kind: 'message',
        user: { id: 'ann' },
        withdrawn: true,
      });
      const withdrawn = { seq, at, kind: 'message', json, withdrawn: true };
      await expect(other.log.entry(roomId, seq)).resolves.toEqual(withdrawn);
      const [first] = await other.log.read(roomId, { after: 0, limit: 1 });
      expect(first).toEqual(withdrawn);
      await expect(other.log.append(roomId, draft)).resolves.toMatchObject({
        seq,
        duplicate: true,
      });
      expect(await policyVersion(one, roomId)).toBe(0);
    });

    it('a change of the room comes with its entry, and makes a new policy', async () => {
      const change = { title: 'Nuit blanche 🌙', state: 'offline', slowModeMs: 3_000 } as const;
      await one.log.append(roomId, {
        kind: 'room',
        userId: 'ann',
        key: null,
        body: change,
        policyVersion: 0,
        effect: { type: 'room', change: { ...change, streamUrl: null } },
      });
      const room = await other.database.repository(RoomEntity).findOneByOrFail({ id: roomId });
      expect(room).toMatchObject({ ...change, streamUrl: null, visibility: 'public' });
      expect(await policyVersion(other, roomId)).toBe(1);
    });
  });

  describe('a batch', () => {
    it('gathers while another has just begun, however fast the database is', async () => {
      // By then nothing has begun of late.
      await delay(50);
      const began = performance.now();
      const sends: Promise<Appended>[] = [];
      for (const n of upTo(100)) {
        sends.push(appendAtLast(one, roomId, say(String(n))));
        await turnEnd();
        await delay(2);
      }
      await Promise.all(sends);
      const tookMs = performance.now() - began;
      expect(await sequences()).toEqual(upTo(100));
      // The first begins at once, and then one in 20 ms.
      expect(one.batches.length).toBeLessThanOrEqual(Math.ceil(tookMs / 19) + 1);
      expect(one.batches[0]?.entries).toHaveLength(1);
    });

    it('in which one fails takes a number for the others only', async () => {
      await one.log.append(roomId, mute('bob', 0));
      const results = await Promise.allSettled(
        upTo(40).map((n) =>
          one.log.append(roomId, say(String(n), { policyVersion: n % 4 === 0 ? 0 : 1 })),
        ),
      );
      const stale = results.filter(({ status }) => status === 'rejected');
      expect(stale).toHaveLength(10);
      expect(await sequences()).toEqual(upTo(31));
    });

    it('of 300 rooms goes through for all but the one that is gone, repeated or out of date', async () => {
      const rooms = [roomId];
      while (rooms.length < 300) rooms.push(await stage.room(one));
      const [gone, repeated, outdated] = [rooms[100]!, rooms[101]!, rooms[102]!];
      await one.database.repository(RoomHeadEntity).delete({ roomId: gone });
      await other.log.append(repeated, say('first', { key: 'key-0001' }));
      await other.log.append(outdated, mute('bob', 0));
      const results = await Promise.allSettled(
        rooms.flatMap((id) => [
          one.log.append(id, say('a', { key: 'key-0001' })),
          one.log.append(id, say('b')),
        ]),
      );
      const of = (id: number) => results.slice(rooms.indexOf(id) * 2, rooms.indexOf(id) * 2 + 2);
      for (const result of of(gone)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
      }
      expect(of(repeated)).toMatchObject([
        { value: { seq: 1, duplicate: true } },
        { value: { seq: 2, duplicate: false } },
      ]);
      for (const result of of(outdated)) {
        expect(result.status === 'rejected' && result.reason).toBeInstanceOf(StalePolicy);
      }
      for (const id of rooms.filter((room) => ![gone, repeated, outdated].includes(room))) {
        expect(of(id)).toMatchObject([{ value: { seq: 1 } }, { value: { seq: 2 } }]);
      }
      const heads = await one.log.heads(rooms);
      expect(heads.size).toBe(299);
      expect([heads.get(repeated), heads.get(outdated)]).toEqual([2, 1]);
      // A rollback takes no number, and a room that is gone stays gone.
      await expect(one.log.append(outdated, say('c', { policyVersion: 1 }))).resolves.toMatchObject(
        { seq: 2 },
      );
      await expect(one.log.append(gone, say('c'))).rejects.toMatchObject({ code: 'not_found' });
    });

    it('with an entry that no database would take goes through for the others', async () => {
      const results = await Promise.allSettled(
        upTo(9).map((n) => one.log.append(roomId, say(n === 5 ? 'x'.repeat(70_000) : String(n)))),
      );
      expect(results[4]).toMatchObject({ status: 'rejected', reason: { code: 'too_long' } });
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect(await sequences()).toEqual(upTo(8));
    });

    it('of the largest entries fits', async () => {
      const text = '💬'.repeat(2_000);
      await Promise.all(upTo(600).map(() => one.log.append(roomId, say(text))));
      expect(await head()).toBe(600);
    });
  });

  describe('reading', () => {
    it('gives every text back as it came', async () => {
      const texts = [
        '👩‍👩‍👧‍👦 🏳️‍🌈',
        '弹幕',
        'a\u0000b',
        '\ud800',
        "'; DROP TABLE rooms; --",
        '? ?? :a',
        '\\',
        '"',
      ];
      for (const text of texts) await one.log.append(roomId, say(text));
      const all = await readAll(other, roomId);
      expect(all.map(({ entry }) => entry.text)).toEqual(texts);
    });

    it('pages forwards and backwards', async () => {
      await Promise.all(upTo(25).map((n) => one.log.append(roomId, say(String(n)))));
      const read = async (range: Parameters<typeof one.log.read>[1]) =>
        (await one.log.read(roomId, range)).map(({ seq }) => seq);
      expect(await read({ limit: 3 })).toEqual([23, 24, 25]);
      expect(await read({ before: 4, limit: 10 })).toEqual([1, 2, 3]);
      expect(await read({ before: 20, limit: 2 })).toEqual([18, 19]);
      expect(await read({ after: 20, limit: 3 })).toEqual([21, 22, 23]);
      expect(await read({ after: 25, limit: 3 })).toEqual([]);
      expect(await read({ before: 1, limit: 3 })).toEqual([]);
      await expect(one.log.entry(roomId, 26)).resolves.toBeNull();
      await expect(one.log.entry(roomId, 25)).resolves.toMatchObject({ seq: 25, kind: 'message' });
    });

    it('tells the heads of the rooms that there are', async () => {
      await one.log.append(roomId, say('a'));
      const empty = await stage.room(one);
      const heads = await one.log.heads([roomId, empty, 999_999]);
      expect([...heads]).toEqual([
        [roomId, 1],
        [empty, 0],
      ]);
      expect((await one.log.heads([])).size).toBe(0);
    });

    it('an entry is one line of JSON that begins with seq, at and kind', async () => {
      const { seq, at } = await one.log.append(roomId, say('hello'));
      const entry = await one.log.entry(roomId, seq);
      expect(entry?.json).toBe(
        `{"seq":${String(seq)},"at":${String(at)},"kind":"message","user":{"id":"ann"},"text":"hello"}`,
      );
    });
  });

  it('what others do in the database meanwhile is neither mixed in nor held up', async () => {
    const members = one.database.repository(RoomMemberEntity);
    const work = upTo(60).map(async (n) => {
      if (n % 3 === 0) {
        const undone = one.database.transaction(async (manager) => {
          await manager.insert(RoomMemberEntity, { roomId, userId: `gone-${String(n)}` });
          await manager.find(RoomMemberEntity, { where: { roomId } });
          throw new Error('undo');
        });
        await expect(undone).rejects.toThrow('undo');
      } else if (n % 3 === 1) {
        await members.insert({ roomId, userId: `here-${String(n)}` });
      } else {
        await one.log.append(roomId, say(String(n)));
      }
    });
    await Promise.all(work);
    expect(await members.countBy({ roomId })).toBe(20);
    expect(await sequences()).toEqual(upTo(20));
  });

  it('a listener that throws does not cost the senders their answer', async () => {
    const throwing = () => {
      throw new Error('a bug');
    };
    const log = new RoomLog(one.database, throwing, { poolSize: 2, log: silent });
    const appended = await Promise.all(upTo(3).map((n) => log.append(roomId, say(String(n)))));
    expect(appended.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await log.close();
  });

  it('closing finishes what is queued and in flight', async () => {
    const gateway = await stage.gateway();
    const sends = upTo(1_500).map((n) => gateway.log.append(roomId, say(String(n))));
    let settled = 0;
    for (const send of sends) void send.then(() => settled++);
    await gateway.log.close();
    expect(settled).toBe(1_500);
    expect(await head()).toBe(1_500);
    await expect(gateway.log.append(roomId, say('late'))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
