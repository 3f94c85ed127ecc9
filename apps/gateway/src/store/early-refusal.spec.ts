import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '../refusal';
import { FairClock } from '../testing/fair-clock';
import { until } from '../testing/until';
import { Stage, readAll, say, upTo, type Gateway } from './testing/stage';

jest.setTimeout(60_000);

let stage: Stage;
let one: Gateway;
let roomId: number;
/** Stands while MySQL is held up, too. */
let clock: FairClock;

beforeAll(async () => {
  stage = await Stage.create('mysql');
  one = await stage.gateway();
  clock = new FairClock(() => one.database.dataSource.query('SELECT 1'));
});
afterAll(() => {
  clock.close();
  return stage.close();
});
beforeEach(async () => {
  roomId = await stage.room(one);
});

interface Answer {
  key: string;
  tookMs: number;
  /** Null for an acknowledgement. */
  retryAfterMs: number | null;
}

async function send(key: string, room = roomId, { log } = one): Promise<Answer> {
  const sentAt = clock.now();
  const answer = (retryAfterMs: number | null) => ({
    key,
    tookMs: clock.now() - sentAt,
    retryAfterMs,
  });
  try {
    await log.append(room, say(key, { key }));
    return answer(null);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'unavailable') throw error;
    return answer(error.details.retryAfterMs ?? NaN);
  }
}

/** As a client does: again, with the same key, when it was told to. */
async function insist(key: string, room = roomId): Promise<void> {
  for (;;) {
    const { retryAfterMs } = await send(key, room);
    if (retryAfterMs === null) return;
    await delay(retryAfterMs);
  }
}

const at = (share: number, times: number[]) =>
  times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;

/** In the database each entry takes this much longer. */
async function slowDown(entrySeconds: number): Promise<() => Promise<unknown>> {
  const { dataSource } = one.database;
  await dataSource.query(
    `CREATE TRIGGER slow BEFORE INSERT ON room_entries FOR EACH ROW DO SLEEP(${String(entrySeconds)})`,
  );
  return () => dataSource.query('DROP TRIGGER slow');
}

describe('offered more than the database takes', () => {
  const ENTRY_SECONDS = 0.0003;
  const OFFER_MS = 3_000;
  const TICK_MS = 10;
  let busyRoom: number;
  let answers: Answer[];
  let committedAlone: number;
  let refusedAtOnce: number;

  beforeAll(async () => {
    busyRoom = await stage.room(one);
    const speedUp = await slowDown(ENTRY_SECONDS);
    // What it takes: 500 writers who wait for their answers, for as long as the offer lasts.
    const room = await stage.room(one);
    const end = clock.now() + OFFER_MS;
    await Promise.all(
      upTo(500).map(async (writer) => {
        for (let n = 0; clock.now() < end; n++)
          await send(`${String(writer)}-${String(n)}-alone`, room);
      }),
    );
    committedAlone = (await one.log.heads([room])).get(room) ?? 0;

    const each = Math.ceil((2 * committedAlone * TICK_MS) / OFFER_MS);
    const sent: Promise<Answer>[] = [];
    const startedAt = clock.now();
    while (clock.now() - startedAt < OFFER_MS) {
      const due = ((clock.now() - startedAt) / TICK_MS) * each;
      while (sent.length < due)
        sent.push(send(`key-${String(sent.length).padStart(6, '0')}`, busyRoom));
      await delay(TICK_MS);
    }
    answers = await Promise.all(sent);
    refusedAtOnce = answers.filter(({ retryAfterMs }) => retryAfterMs !== null).length;
    await speedUp();
  });

  const accepted = () => answers.filter(({ retryAfterMs }) => retryAfterMs === null);

  it('what is beyond it is refused at once, and told when to come again', () => {
    expect(refusedAtOnce).toBeGreaterThan(answers.length / 5);
    const refused = answers.filter(({ retryAfterMs }) => retryAfterMs !== null);
    expect(
      at(
        0.99,
        refused.map(({ tookMs }) => tookMs),
      ),
    ).toBeLessThan(50);
    const times = refused.map(({ retryAfterMs }) => retryAfterMs ?? 0);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...times)).toBeLessThanOrEqual(5_000);
    // Not all in one moment.
    expect(new Set(times).size).toBeGreaterThan(50);
  });

  it('what is accepted is answered in bounded time, and is nearly as much as without the rest', () => {
    expect(
      at(
        0.99,
        accepted().map(({ tookMs }) => tookMs),
      ),
    ).toBeLessThan(1_500);
    expect(accepted().length).toBeGreaterThan(committedAlone / 2);
  });

  it('G1, G4: all that is acknowledged is in the log once, and the refused succeed later with the same key', async () => {
    const before = (await readAll(one, busyRoom)).map(({ entry }) => entry['text'] as string);
    expect(before.sort()).toEqual(
      accepted()
        .map(({ key }) => key)
        .sort(),
    );
    const refused = answers.filter(({ retryAfterMs }) => retryAfterMs !== null);
    await Promise.all(
      refused.map(async ({ key, retryAfterMs }) => {
        await delay(retryAfterMs ?? 0);
        await insist(key, busyRoom);
      }),
    );
    const all = await readAll(one, busyRoom);
    expect(all.map(({ seq }) => seq)).toEqual(upTo(answers.length));
    expect(new Set(all.map(({ entry }) => entry['text'])).size).toBe(answers.length);
  });
});

it('a room that is held up is refused at once, and no other room waits for it', async () => {
  const other = await stage.room(one);
  const holder = one.database.dataSource.createQueryRunner();
  await holder.query('START TRANSACTION');
  await holder.query('UPDATE room_heads SET policy_version = policy_version WHERE room_id = ?', [
    roomId,
  ]);
  const held: Promise<Answer>[] = [];
  try {
    const startedAt = performance.now();
    await until('an immediate refusal', async () => {
      const answer = send(`held-${String(held.length).padStart(5, '0')}`);
      held.push(answer);
      const first = await Promise.race([answer, delay(20, null)]);
      return first !== null && first.retryAfterMs !== null;
    });
    expect(performance.now() - startedAt).toBeGreaterThan(400);
    const others = await Promise.all(upTo(20).map((n) => send(`other-${String(n)}-key`, other)));
    expect(others.filter(({ retryAfterMs }) => retryAfterMs !== null)).toEqual([]);
    expect(
      at(
        1,
        others.map(({ tookMs }) => tookMs),
      ),
    ).toBeLessThan(400);
  } finally {
    await holder.query('ROLLBACK');
    await holder.release();
  }
  const answers = await Promise.all(held);
  for (const { tookMs } of answers) expect(tookMs).toBeLessThan(6_000);
  await Promise.all(answers.map(({ key }) => insist(key)));
  const all = await readAll(one, roomId);
  expect(all.map(({ seq }) => seq)).toEqual(upTo(answers.length));
});

it('a burst that an idle log takes in time is not refused', async () => {
  const idle = await stage.gateway();
  const rooms = [roomId, await stage.room(one), await stage.room(one)];
  const answers = await Promise.all(
    upTo(6_000).map((n) => send(`burst-${String(n)}-key`, rooms[n % 3], idle)),
  );
  expect(answers.filter(({ retryAfterMs }) => retryAfterMs !== null)).toEqual([]);
});
