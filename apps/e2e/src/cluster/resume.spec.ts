import { LIMITS } from '@hubbub/protocol';
import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import { fill, talk } from '../testing/talk';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();

async function newRoom(): Promise<string> {
  const { api } = bed();
  return api.room(await api.account());
}

describe('coming back', () => {
  it('P12: without a cursor the latest 50 are given', async () => {
    const room = await newRoom();
    const early = await bed().open(1);
    const empty = await early.ok('join', { room });
    expect(empty).toMatchObject({
      head: 0,
      entries: [],
      viewers: 1,
      you: { role: 'viewer', mutedUntil: null },
    });
    const head = await fill(bed(), room, 70);
    // Where the room is open already, whoever joins is given what this gateway has heard of.
    await waitFor(() => early.logs(room).some(({ to }) => to >= head), { what: 'all is seen' });
    for (const gateway of [0, 1, 2]) {
      const reply = await (await bed().open(gateway)).ok('join', { room });
      expect(reply.head).toBe(head);
      expect(reply.entries.map(({ seq }) => seq)).toEqual(
        Array.from({ length: LIMITS.joinFirst }, (_, i) => head - LIMITS.joinFirst + 1 + i),
      );
      expect(reply).not.toHaveProperty('omitted');
    }
  });

  it('P12, G3: up to 500 behind everything is given, further behind the latest 100 and how many are not', async () => {
    const room = await newRoom();
    const head = await fill(bed(), room, LIMITS.joinResume + 150);
    for (const gateway of [0, 1, 2]) {
      const client = await bed().open(gateway);
      for (const behind of [0, 1, 100, LIMITS.joinResume]) {
        const after = head - behind;
        const reply = await client.ok('join', { room, after });
        expect(reply.entries.map(({ seq }) => seq)).toEqual(
          Array.from({ length: behind }, (_, i) => after + 1 + i),
        );
        expect(reply).not.toHaveProperty('omitted');
      }
      const reply = await client.ok('join', { room, after: head - LIMITS.joinResume - 1 });
      expect(reply.entries.map(({ seq }) => seq)).toEqual(
        Array.from({ length: LIMITS.joinLatest }, (_, i) => head - LIMITS.joinLatest + 1 + i),
      );
      expect(reply.omitted).toBe(LIMITS.joinResume + 1 - LIMITS.joinLatest);
    }
  });

  it('G3: what was left out can be paged, in both directions', async () => {
    const room = await newRoom();
    const head = await fill(bed(), room, 650);
    const client = await bed().open(2);
    const view = await LogView.follow(client, room, 0);
    expect(view.omitted).toBe(head - LIMITS.joinLatest);
    for (let after = 0, more = true; more;) {
      const page = await client.ok('history', { room, after, limit: LIMITS.historyPage });
      view.page(page.entries);
      after = page.entries.at(-1)?.seq ?? after;
      more = page.more;
    }
    view.assertComplete(1, head);
    const back = new LogView('a reader of pages');
    for (let before = head + 1, more = true; more;) {
      const page = await client.ok('history', { room, before, limit: 90 });
      back.page(page.entries);
      before = page.entries[0]?.seq ?? 1;
      more = page.more;
    }
    back.assertComplete(1, head);
    back.assertAgrees(view);
    const http = await bed().api.must('GET', `/api/rooms/${room}/entries?after=100&limit=200`);
    expect(http).toEqual(await client.ok('history', { room, after: 100, limit: 200 }));
  });

  it('G3: with its cursor, from gateway to gateway while people talk, a reader gets each entry once', async () => {
    const { api } = bed();
    const room = await newRoom();
    const writers = await Promise.all(
      [0, 1, 2].map(async (gateway) => {
        const client = await bed().open(gateway, { token: (await api.bot()).token });
        await client.ok('join', { room });
        return client;
      }),
    );
    const state = { isOver: false };
    const talking = Promise.all(
      writers.map((it, i) => talk(it, room, { count: 300, name: `writer ${String(i)}` })),
    ).finally(() => (state.isOver = true));
    const seen = new LogView('a wanderer');
    let hops = 0;
    for (; !state.isOver || hops < 6; hops++) {
      const client = await bed().open(hops % 3);
      const after = seen.cursor;
      const view = await LogView.follow(client, room, after);
      await waitFor(() => state.isOver || view.cursor > after + 5, { what: 'something is said' });
      client.drop();
      view.assertSound();
      expect(view.omitted).toBe(0);
      for (const seq of view.entries.keys()) expect(seen.entries.has(seq)).toBe(false);
      seen.page([...view.entries.values()]);
      seen.cursor = view.cursor;
    }
    const said = (await talking).flat();
    const last = await LogView.follow(await bed().open(0), room, seen.cursor);
    await waitFor(() => last.cursor >= said.length, { what: 'the rest is seen' });
    seen.page([...last.entries.values()]);
    seen.assertComplete(1, said.length);
    expect(hops).toBeGreaterThan(5);
  });

  it('a cursor beyond the log is answered with the head, and what follows comes', async () => {
    const room = await newRoom();
    const head = await fill(bed(), room, 3);
    const client = await bed().open(1);
    const reply = await client.ok('join', { room, after: head + 100 });
    expect(reply).toMatchObject({ head, entries: [] });
  });
});
