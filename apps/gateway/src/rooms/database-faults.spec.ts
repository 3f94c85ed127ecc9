import { setTimeout as delay } from 'node:timers/promises';
import { SocketBed } from '../socket/testing/socket-bed';
import type { Frame, RoomClient } from '../socket/testing/room-client';
import { CuttingProxy } from '../testing/cutting-proxy';
import { FairClock } from '../testing/fair-clock';
import { MariadbServer } from '../testing/mariadb-server';
import { RedisServer } from '../testing/redis-server';
import { until } from '../testing/until';

jest.setTimeout(60_000);

/** What everybody is answered within, and a moment for a busy machine. */
const ANSWERED_MS = 3_500;

let mysql: MariadbServer;
let redis: RedisServer;
let proxy: CuttingProxy;
let bed: SocketBed;
let database: string;
let owner: string;
let bot: string;
let clock: FairClock;

beforeAll(async () => {
  clock = new FairClock();
  [mysql, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()]);
  proxy = await CuttingProxy.start(mysql.port);
  database = await mysql.createDatabase();
  bed = await SocketBed.start({
    DATABASE_URL: mysql.url(database, proxy.port),
    REDIS_URL: redis.url,
    SESSION_SECRET: 'a secret of at least thirty-two characters',
  });
  [owner, bot] = [await bed.accountToken('owner'), await bed.botToken('robot')];
});
afterAll(async () => {
  clock.close();
  proxy.release();
  await bed.close();
  await proxy.close();
  await Promise.all([mysql.remove(), redis.kill()]);
});
afterEach(() => bed.clear());

const keyOf = (n: number) => `message-${String(n)}`;
const say = (client: RoomClient, room: string, n: number) =>
  client.ask('send', { room, key: keyOf(n), text: String(n) });
const seqsOf = ({ data }: Frame) => (data['entries'] as { seq: number }[]).map(({ seq }) => seq);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** A room with so many messages, and somebody in it who sends. */
async function roomWith(
  slug: string,
  messages: number,
): Promise<{ client: RoomClient; id: number }> {
  await bed.room(slug, owner);
  const client = await bed.open({ token: bot });
  await client.ask('join', { room: slug });
  for (const reply of await Promise.all(upTo(messages).map((n) => say(client, slug, n)))) {
    expect(reply.event).toBe('ok');
  }
  const [row] = await sql<{ id: number }>(`SELECT id FROM rooms WHERE slug = '${slug}'`);
  return { client, id: row?.id ?? 0 };
}

async function sql<T>(statement: string): Promise<T[]> {
  return mysql.query<T>(
    statement.replaceAll(/\b(rooms|room_entries|room_heads)\b/g, `${database}.$1`),
  );
}

/** A room that nobody has opened yet, with these entries of its log, and the head that they say. */
async function roomOf(slug: string, seqs: number[], head: number): Promise<number> {
  await bed.room(slug, owner);
  const [row] = await sql<{ id: number }>(`SELECT id FROM rooms WHERE slug = '${slug}'`);
  const id = row?.id ?? 0;
  const rows = seqs.map((seq) => {
    const body = JSON.stringify({
      kind: 'message',
      user: { id: 'ann', name: 'Ann' },
      text: String(seq),
    });
    return `(${String(id)}, ${String(seq)}, ${String(Date.now())}, 'message', 'ann', '${keyOf(seq)}', '${body}')`;
  });
  await sql(
    `INSERT INTO room_entries (room_id, seq, at, kind, user_id, idempotency_key, body) VALUES ${rows.join(', ')}`,
  );
  await sql(`UPDATE room_heads SET last_seq = ${String(head)} WHERE room_id = ${String(id)}`);
  return id;
}

const timed = <T>(work: Promise<T>) => clock.time(work);

describe('G11: a path to MySQL that carries nothing', () => {
  it('everybody is answered in time, what was committed late is not doubled, and all is well when it is back', async () => {
    const { client, id } = await roomWith('hung', 3);
    const reader = await bed.open();
    await roomWith('other', 1);
    // A slow room reads more than others before a message is committed.
    const guest = await bed.open({ token: await bed.guestToken() });
    await guest.ask('join', { room: 'hung' });
    await fetch(`http://${bed.host}/api/rooms/hung`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
      body: JSON.stringify({ slowModeMs: 10 }),
    });
    proxy.hold();
    const api = (path: string) => fetch(`http://${bed.host}${path}`);
    // In one lane: who is behind others does not wait for each of them.
    const lane = [
      client.ask('history', { room: 'hung', after: 0, limit: 1 }),
      client.ask('read', { room: 'hung', seq: 3 }),
      client.ask('read', { room: 'hung', seq: 3 }),
      ...[4, 5, 6].map((n) => say(client, 'hung', n)),
    ].map(timed);
    const asked = [
      ...lane,
      timed(say(guest, 'hung', 7)),
      timed(reader.ask('join', { room: 'hung' })),
      timed(reader.ask('join', { room: 'nobody-knows' })),
    ];
    const reads = ['/api/rooms', '/api/rooms/hung', '/api/rooms/nobody-knows/entries'].map((path) =>
      timed(api(path)),
    );
    const answers = await Promise.all(asked);
    for (const { result, tookMs } of answers.slice(1)) {
      expect(tookMs).toBeLessThan(ANSWERED_MS);
      // What is known already needs no database.
      if (result.event === 'error') {
        expect(result.data).toMatchObject({ code: 'unavailable' });
        expect(result.data['retryAfterMs']).toBeGreaterThan(0);
      }
    }
    for (const { result } of answers.slice(3, 7)) expect(result.event).toBe('error');
    for (const { result, tookMs } of await Promise.all(reads)) {
      expect(tookMs).toBeLessThan(5_500);
      expect([result.status, result.headers.get('retry-after')]).toEqual([503, expect.anything()]);
    }
    proxy.release();
    for (const n of [4, 5, 6]) {
      await until('it is sent', async () => (await say(client, 'hung', n)).event === 'ok');
    }
    await until('the guest is heard', async () => (await say(guest, 'hung', 7)).event === 'ok');
    const all = await sql<{ seq: number; idempotency_key: string }>(
      `SELECT seq, idempotency_key FROM room_entries WHERE room_id = ${String(id)} ORDER BY seq`,
    );
    expect(all.map(({ seq }) => seq)).toEqual(upTo(8));
    const keys = all.map(({ idempotency_key: key }) => key).filter((key) => !key.startsWith('~'));
    expect(keys.sort()).toEqual(upTo(7).map(keyOf));
    expect((await reader.ask('join', { room: 'hung' })).event).toBe('ok');
  });

  it('is slow for half a second each way: sends go on, and are at once again when it is over', async () => {
    const { client } = await roomWith('slow', 2);
    proxy.delay(500);
    for (const n of [3, 4]) {
      const { result, tookMs } = await timed(say(client, 'slow', n));
      expect(tookMs).toBeLessThan(ANSWERED_MS);
      expect(['ok', 'error']).toContain(result.event);
    }
    proxy.delay(0);
    const startedAt = clock.now();
    for (const n of [3, 4, 5]) {
      await until('it is sent', async () => (await say(client, 'slow', n)).event === 'ok');
    }
    expect(clock.now() - startedAt).toBeLessThan(ANSWERED_MS);
    const { data } = await client.ask('history', { room: 'slow', after: 0, limit: 9 });
    expect((data['entries'] as { text: string }[]).map(({ text }) => text)).toEqual(
      upTo(5).map(String),
    );
  });
});

describe('G3: a log of which entries are gone', () => {
  it('is opened all the same: what is missing is named as left out, and warned of once', async () => {
    const id = await roomOf('gap', [1, 2, 3, 4, 7, 8, 10, 11, 12], 12);
    const client = await bed.open({ token: bot });
    const first = await client.ask('join', { room: 'gap' });
    expect(first).toMatchObject({ event: 'ok', data: { head: 12, omitted: 3 } });
    expect(seqsOf(first)).toEqual([1, 2, 3, 4, 7, 8, 10, 11, 12]);
    for (const [after, seqs, omitted] of [
      [4, [7, 8, 10, 11, 12], 3],
      [7, [8, 10, 11, 12], 1],
      [9, [10, 11, 12], undefined],
      [12, [], undefined],
    ] as const) {
      const reply = await client.ask('join', { room: 'gap', after });
      expect([after, seqsOf(reply), reply.data['omitted']]).toEqual([after, seqs, omitted]);
    }
    const page = await client.ask('history', { room: 'gap', before: 11, limit: 4 });
    expect([seqsOf(page), page.data['more']]).toEqual([[4, 7, 8, 10], true]);
    const reader = await bed.open();
    await reader.ask('join', { room: 'gap' });
    expect(await say(client, 'gap', 13)).toMatchObject({ event: 'ok', data: { seq: 13 } });
    await until('it is seen', () => reader.frames.find(({ event }) => event === 'log'));
    const warned = bed.pusher.complaints.filter((line) => line.includes('entries are missing'));
    expect(warned).toEqual([expect.stringContaining('5-6, 9-9')]);
    expect(warned[0]).toContain(`"roomId":${String(id)}`);
  });

  it('its last ones: whoever is there goes on with the next, and knows how many were left out', async () => {
    await roomOf('tail', [1, 2], 4);
    const reader = await bed.open({ token: bot });
    expect(seqsOf(await reader.ask('join', { room: 'tail' }))).toEqual([1, 2]);
    const seen = () =>
      reader.frames
        .filter(({ event }) => event === 'log')
        .map(({ data }) => [data['from'], data['to'], data['omitted'] ?? 0]);
    await until('the gap is named', () => seen().length > 0);
    expect(seen()).toEqual([[3, 4, 2]]);
    const later = await bed.open();
    expect((await later.ask('join', { room: 'tail' })).data).toMatchObject({ head: 4, omitted: 2 });
    expect(await say(reader, 'tail', 5)).toMatchObject({ event: 'ok', data: { seq: 5 } });
    await until('the next is seen', () => seen().length > 1);
    expect(seen()[1]).toEqual([5, 5, 0]);
  });
});

describe('a database that has gone back under a running gateway', () => {
  it('is noticed: everybody is sent back, joins what there is now, and sees what is new', async () => {
    const { client, id } = await roomWith('back', 10);
    const reader = await bed.open();
    await reader.ask('join', { room: 'back', after: 0 });
    const where = `WHERE room_id = ${String(id)}`;
    await sql(`DELETE FROM room_entries ${where} AND seq > 4`);
    await sql(`UPDATE room_heads SET last_seq = 4 ${where}`);
    for (const { code } of [await client.end(), await reader.end()]) expect(code).toBe(1012);
    expect(bed.pusher.complaints.filter((line) => line.includes('gone back'))).toHaveLength(1);

    const again = await bed.open();
    const writer = await bed.open({ token: bot });
    // Its cursor is beyond the head that it is told: by that it knows that it has to begin anew.
    const stale = await again.ask('join', { room: 'back', after: 10 });
    expect([stale.data['head'], seqsOf(stale)]).toEqual([4, []]);
    expect(seqsOf(await again.ask('join', { room: 'back' }))).toEqual(upTo(4));
    await writer.ask('join', { room: 'back' });
    expect(await say(writer, 'back', 11)).toMatchObject({ event: 'ok', data: { seq: 5 } });
    await until('it is seen', () => again.frames.find(({ event }) => event === 'log'));
    // Nothing of it was a fault of the room as it is now.
    await delay(1_000);
    expect([again.closed, writer.closed]).toEqual([null, null]);
  });

  it('a counter alone that is wrong sends nobody away', async () => {
    const { client, id } = await roomWith('counter', 3);
    await sql(`UPDATE room_heads SET last_seq = 1 WHERE room_id = ${String(id)}`);
    const told = () => bed.pusher.complaints.filter((line) => line.includes('behind the entries'));
    await until('it is said', () => told().length > 0);
    await delay(1_000);
    expect([told().length, client.closed]).toEqual([1, null]);
    await sql(`UPDATE room_heads SET last_seq = 3 WHERE room_id = ${String(id)}`);
    expect(await say(client, 'counter', 4)).toMatchObject({ event: 'ok', data: { seq: 4 } });
  });
});
