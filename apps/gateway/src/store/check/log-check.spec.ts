import { RoomEntity } from '../entities/room.entity';
import { RoomHeadEntity } from '../entities/room-head.entity';
import type { Draft } from '../draft';
import { Stage, appendUnderPolicy, upTo, type Gateway, type Kind } from '../testing/stage';
import type { Fault } from './faults';
import { LogCheck, type Found, type Summary } from './log-check';
import {
  CannotCheck,
  openLogSource,
  type LogSource,
  type Place,
  type SqlValue,
} from './log-source';

jest.setTimeout(120_000);

const KINDS: Kind[] = ['sqlite', 'mysql'];

function message(text: string): Draft {
  const body = { user: { id: 'ann', name: 'Ann' }, text };
  return { kind: 'message', userId: 'ann', key: null, body, policyVersion: 0 };
}

function deletion(target: number): Draft {
  const body = { target, by: 'mod' };
  const effect = { type: 'withdraw', seq: target } as const;
  return { kind: 'delete', userId: null, key: null, body, policyVersion: 0, effect };
}

/** Of the entry `from`, with another place and, if it is given, the same key. */
function copied(from: number, to: number, key: string): string {
  return `INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body, withdrawn)
    SELECT room_id, ${String(to)}, at, kind, user_id, ${key}, body, withdrawn
    FROM room_entries WHERE room_id = :room AND seq = ${String(from)}`;
}

/** The database as it is, where `meanwhile` happens between two looks at it. */
function changing(source: LogSource, meanwhile: () => Promise<unknown>): LogSource {
  return {
    ...source,
    rows: async <T>(sql: string, values?: readonly SqlValue[]) => {
      await meanwhile();
      return source.rows<T>(sql, values);
    },
  };
}

/** A database, what writes into it, and what looks at it. */
class Bed {
  private constructor(
    readonly stage: Stage,
    readonly gateway: Gateway,
    readonly place: Place,
    readonly source: LogSource,
  ) {}

  static async start(kind: Kind): Promise<Bed> {
    const stage = await Stage.create(kind);
    const gateway = await stage.gateway();
    const { DATABASE_URL: url } = stage.settings() as { DATABASE_URL?: string };
    const place = url ? { url } : { dataDir: stage.folder };
    return new Bed(stage, gateway, place, await openLogSource(place, false));
  }

  async close(): Promise<void> {
    await this.source.close();
    await this.stage.close();
  }

  /** A room with six entries: messages, of which the fifth entry deletes the second. */
  async room(): Promise<{ id: number; slug: string }> {
    const id = await this.stage.room(this.gateway);
    for (const text of ['one', 'two', 'three', 'four']) {
      await this.gateway.log.append(id, message(text));
    }
    await this.gateway.log.append(id, deletion(2));
    await this.gateway.log.append(id, message('six'));
    const { slug } = await this.gateway.database.repository(RoomEntity).findOneByOrFail({ id });
    return { id, slug };
  }

  async damage(roomId: number, ...statements: string[]): Promise<void> {
    for (const sql of statements) {
      await this.gateway.database.dataSource.query(sql.replaceAll(':room', String(roomId)));
    }
  }

  async check(
    room: string | null,
    { repairs = false, source = this.source } = {},
  ): Promise<{ found: Found[]; summary: Summary }> {
    const found: Found[] = [];
    const ears = { found: (it: Found) => found.push(it), progress: () => undefined };
    const summary = await new LogCheck(source, { room, repairs }, ears).run();
    return { found, summary };
  }

  /** In the form "fault: text". */
  async findings(room: string | null, options = {}): Promise<string[]> {
    const { found } = await this.check(room, options);
    return found.flatMap(({ findings }) => findings.kept.map((it) => `${it.fault}: ${it.text}`));
  }
}

describe.each(KINDS)('the room logs over %s', (kind) => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.start(kind);
  });
  afterAll(() => bed.close());

  it('nothing is wrong with a log with a delete, a mute, a change of the room, and times that clocks explain', async () => {
    const { id, slug } = await bed.room();
    const drafts: Draft[] = [
      {
        kind: 'mute',
        userId: null,
        key: null,
        body: { user: 'bob', until: Date.now() + 60_000, reason: 'spam', by: 'mod' },
        policyVersion: 0,
        effect: { type: 'mute', userId: 'bob', until: Date.now() + 60_000 },
      },
      {
        kind: 'room',
        userId: 'ann',
        key: null,
        body: { title: 'Another one', slowModeMs: 2_000, streamUrl: null },
        policyVersion: 0,
        effect: { type: 'room', change: { title: 'Another one', slowModeMs: 2_000 } },
      },
      message('after'),
    ];
    for (const draft of drafts) await appendUnderPolicy(bed.gateway, id, draft);
    await bed.damage(
      id,
      'UPDATE room_entries SET at = at - 100000 WHERE room_id = :room AND seq = 4',
    );
    const { found, summary } = await bed.check(slug);
    expect(found).toEqual([]);
    expect(summary).toEqual({ rooms: 1, entries: 9, faults: {}, repaired: 0 });
  });

  const DAMAGES: [Fault, string[], string][] = [
    ['gap', ['DELETE FROM room_entries WHERE room_id = :room AND seq = 1'], 'entry 1 is missing'],
    [
      'gap',
      ['DELETE FROM room_entries WHERE room_id = :room AND seq IN (3, 4)'],
      'entries 3 to 4 are missing',
    ],
    ['place', [copied(1, 0, "'~another'")], 'there is an entry 0, and the first one is 1'],
    [
      'head-behind',
      ['UPDATE room_heads SET last_seq = 4 WHERE room_id = :room'],
      'the head is 4, and the last entry 6',
    ],
    [
      'head-ahead',
      ['UPDATE room_heads SET last_seq = 9 WHERE room_id = :room'],
      'the head is 9, and the last entry 6',
    ],
    ['no-head', ['DELETE FROM room_heads WHERE room_id = :room'], 'it has no head'],
    [
      'time',
      ['UPDATE room_entries SET at = at - 200000 WHERE room_id = :room AND seq = 4'],
      'entry 4 is 200 s older than the one before it',
    ],
    [
      'body',
      [`UPDATE room_entries SET body = '{"kind":"message",' WHERE room_id = :room AND seq = 1`],
      'entry 1 (message) has a body that is no JSON',
    ],
    [
      'body',
      [
        `UPDATE room_entries SET body = '{"kind":"message","user":{"id":"ann"},"text":"x"}'
          WHERE room_id = :room AND seq = 1`,
      ],
      'entry 1 is no message: user.name: Invalid input: expected string, received undefined',
    ],
    [
      'body',
      [
        `UPDATE room_entries SET body = '{"kind":"message","user":{"id":"ann","name":"Ann"},"text":"x","seq":7}'
          WHERE room_id = :room AND seq = 1`,
      ],
      'entry 1 (message) has another place or time in its body',
    ],
    [
      'body',
      ["UPDATE room_entries SET kind = 'gift' WHERE room_id = :room AND seq = 1"],
      'entry 1 is of the kind "gift", and its body does not begin with that',
    ],
    [
      'body',
      ["UPDATE room_entries SET kind = 'joke' WHERE room_id = :room AND seq = 1"],
      'entry 1 is of the kind "joke", which there is not',
    ],
    [
      'withdrawn',
      ['UPDATE room_entries SET withdrawn = 1 WHERE room_id = :room AND seq = 3'],
      'entry 3 is withdrawn, and no entry deletes it',
    ],
    [
      'withdrawn',
      ['UPDATE room_entries SET withdrawn = 1 WHERE room_id = :room AND seq = 5'],
      'entry 5 is withdrawn, and no message but of the kind "delete"',
    ],
    [
      'not-withdrawn',
      ['UPDATE room_entries SET withdrawn = 0 WHERE room_id = :room AND seq = 2'],
      'entry 5 deletes entry 2, which is not withdrawn',
    ],
    [
      'not-withdrawn',
      [
        'UPDATE room_entries SET withdrawn = 0 WHERE room_id = :room AND seq = 2',
        `UPDATE room_entries SET body = '{"kind":"delete","target":6,"by":"mod"}' WHERE room_id = :room AND seq = 5`,
      ],
      'entry 5 deletes entry 6, which comes after it',
    ],
  ];

  it.each(DAMAGES)('%s is found, and nothing else: %#', async (fault, statements, text) => {
    const { id, slug } = await bed.room();
    expect(await bed.findings(slug)).toEqual([]);
    await bed.damage(id, ...statements);
    expect(await bed.findings(slug)).toEqual([`${fault}: ${text}`]);
  });

  it('entries that a delete names and that are gone are found as both', async () => {
    const { id, slug } = await bed.room();
    await bed.damage(id, 'DELETE FROM room_entries WHERE room_id = :room AND seq = 2');
    expect(await bed.findings(slug)).toEqual([
      'gap: entry 2 is missing',
      'not-withdrawn: entry 5 deletes entry 2, which is no message',
    ]);
  });

  it('what is left of a room that is not there is found', async () => {
    const { id } = await bed.room();
    await bed.damage(id, 'DELETE FROM rooms WHERE id = :room');
    const { found } = await bed.check(null);
    const ofIt = found.filter(({ roomId }) => roomId === id);
    expect(ofIt.flatMap(({ findings }) => findings.kept)).toEqual([
      { fault: 'no-room', seq: null, text: 'there is a head, 6, and no room' },
      { fault: 'stray-entries', seq: 1, text: 'there are entries from 1 to 6, and no room' },
    ]);
    await bed.damage(
      id,
      'DELETE FROM room_heads WHERE room_id = :room',
      'DELETE FROM room_entries WHERE room_id = :room',
    );
  });

  it('entries of a removed room that a gateway is erasing are no fault', async () => {
    const { id } = await bed.room();
    await bed.damage(
      id,
      'DELETE FROM rooms WHERE id = :room',
      'DELETE FROM room_heads WHERE room_id = :room',
    );
    let looks = 0;
    const source: LogSource = {
      ...bed.source,
      // Once it was seen, and before it is looked at again.
      rows: async <T>(sql: string, values: readonly SqlValue[] = []) => {
        if (sql.includes('MIN(seq)') && values[0] === id && ++looks === 2) {
          await bed.damage(id, 'DELETE FROM room_entries WHERE room_id = :room AND seq <= 3');
        }
        return bed.source.rows<T>(sql, values);
      },
    };
    const { found } = await bed.check(null, { source });
    expect(looks).toBe(2);
    expect(found.filter(({ roomId }) => roomId === id)).toEqual([]);
    await bed.damage(id, 'DELETE FROM room_entries WHERE room_id = :room');
  });

  it('a room that is removed while it is read is no fault', async () => {
    const { id, slug } = await bed.room();
    await bed.damage(id, 'DELETE FROM room_entries WHERE room_id = :room AND seq = 1');
    let looks = 0;
    const source = changing(bed.source, async () => {
      if (++looks !== 4) return;
      await bed.damage(
        id,
        'DELETE FROM rooms WHERE id = :room',
        'DELETE FROM room_heads WHERE room_id = :room',
        'DELETE FROM room_entries WHERE room_id = :room',
      );
    });
    expect(await bed.findings(slug, { source })).toEqual([]);
    expect(looks).toBeGreaterThan(4);
  });

  it('a log of many pages that grows and is moderated while it is read has no fault', async () => {
    const { id, slug } = await bed.room();
    const { log } = bed.gateway;
    for (let i = 0; i < 25; i++) {
      await Promise.all(upTo(100).map((n) => log.append(id, message(String(n)))));
    }
    let target = 6;
    const source = changing(bed.source, async () => {
      if (target > 16) return;
      // What was read already, and what is still to be read.
      await log.append(id, deletion(target++));
      await log.append(id, deletion(2_000 + target));
      await log.append(id, message('and one more'));
    });
    const { found, summary } = await bed.check(slug, { source });
    expect(found).toEqual([]);
    expect(summary.entries).toBeGreaterThan(2_506);
    const settled = await bed.check(slug);
    expect(settled.summary).toMatchObject({ entries: 2_506 + 3 * (target - 6), faults: {} });
  });

  it('however much is wrong, what is kept of it is bounded, and counted', async () => {
    const { id, slug } = await bed.room();
    await Promise.all(upTo(50).map((n) => bed.gateway.log.append(id, message(String(n)))));
    await bed.damage(id, "UPDATE room_entries SET body = '[]' WHERE room_id = :room AND seq > 5");
    const { found } = await bed.check(slug);
    expect(found[0]?.findings.kept).toHaveLength(20);
    expect(found[0]?.findings.counts).toEqual(new Map([['body', 51]]));
  });

  it('a room that is not there cannot be looked at', async () => {
    await expect(bed.check('no-such-room')).rejects.toThrow(
      new CannotCheck('there is no room "no-such-room"'),
    );
  });

  describe('repairing', () => {
    let mender: LogSource;
    beforeAll(async () => {
      mender = await openLogSource(bed.place, true);
    });
    afterAll(() => mender.close());
    const head = async (roomId: number) =>
      (await bed.gateway.database.repository(RoomHeadEntity).findOneByOrFail({ roomId })).lastSeq;

    it('raises a head that is behind, and the room takes messages again', async () => {
      const { id, slug } = await bed.room();
      await bed.damage(id, 'UPDATE room_heads SET last_seq = 4 WHERE room_id = :room');
      // After what was refused, a log takes nothing for a moment: not the one that goes on.
      const refused = await bed.stage.gateway();
      await expect(refused.log.append(id, message('refused'))).rejects.toThrow();
      const { found, summary } = await bed.check(slug, { repairs: true, source: mender });
      expect(found[0]?.findings.kept.map(({ text }) => text)).toEqual([
        'the head is 4, and the last entry 6: now it is 6',
      ]);
      expect(summary).toMatchObject({ repaired: 1, faults: { 'head-behind': 1 } });
      expect(await bed.findings(slug)).toEqual([]);
      const taken = await bed.gateway.log.append(id, message('taken'));
      expect(taken.seq).toBe(7);
    });

    it('leaves a head that is behind a gap, and everything else', async () => {
      const { id, slug } = await bed.room();
      await bed.damage(
        id,
        'UPDATE room_heads SET last_seq = 2 WHERE room_id = :room',
        'DELETE FROM room_entries WHERE room_id = :room AND seq = 4',
      );
      const repair = () => bed.findings(slug, { repairs: true, source: mender });
      expect(await repair()).toEqual([
        'gap: entry 4 is missing',
        'head-behind: the head is 2, and the last entry 6: left as it is, for there is a gap between the two',
      ]);
      expect(await head(id)).toBe(2);
      await bed.damage(id, 'UPDATE room_heads SET last_seq = 8 WHERE room_id = :room');
      await repair();
      expect(await head(id)).toBe(8);
    });

    it('is not possible where it was not asked for', async () => {
      const { id, slug } = await bed.room();
      await bed.damage(id, 'UPDATE room_heads SET last_seq = 4 WHERE room_id = :room');
      await bed.findings(slug);
      expect(await head(id)).toBe(4);
      await expect(bed.source.change('DELETE FROM room_heads WHERE 1 = ?', [1])).rejects.toThrow(
        CannotCheck,
      );
      expect(await head(id)).toBe(4);
    });
  });
});

describe.each(KINDS)('without its indexes, over %s', (kind) => {
  let bed: Bed;
  beforeEach(async () => {
    bed = await Bed.start(kind);
  });
  afterEach(() => bed.close());

  it('a key that is used twice is found', async () => {
    const { id, slug } = await bed.room();
    const drop = 'DROP INDEX room_entries_key';
    await bed.damage(
      id,
      kind === 'mysql' ? `${drop} ON room_entries` : drop,
      copied(3, 7, 'idempotency_key'),
      'UPDATE room_heads SET last_seq = 7 WHERE room_id = :room',
    );
    expect(await bed.findings(slug)).toEqual([
      'no-index: room_entries has no unique index on idempotency_key, room_id, user_id: nothing keeps a key from being used twice',
      'key-twice: the key of entry 3, of user "ann", is there 2 times',
    ]);
  });

  it('a number that is used twice is found, also where a page ends between the two', async () => {
    const { id, slug } = await bed.room();
    const { log } = bed.gateway;
    for (let i = 0; i < 10; i++) {
      await Promise.all(upTo(100).map((n) => log.append(id, message(String(n)))));
    }
    const drops =
      kind === 'mysql'
        ? ['ALTER TABLE room_entries DROP PRIMARY KEY']
        : [
            'CREATE TABLE kept AS SELECT * FROM room_entries',
            'DROP TABLE room_entries',
            'ALTER TABLE kept RENAME TO room_entries',
            'CREATE UNIQUE INDEX room_entries_key ON room_entries (room_id, user_id, idempotency_key)',
          ];
    await bed.damage(
      id,
      ...drops,
      copied(1_000, 1_000, "'~another'"),
      copied(1_003, 1_003, "'~third'"),
    );
    expect(await bed.findings(slug)).toEqual([
      'no-index: room_entries has no unique index on room_id, seq: nothing keeps a number from being used twice',
      'repeat: there are several entries 1000',
      'repeat: there are several entries 1003',
    ]);
  });
});
