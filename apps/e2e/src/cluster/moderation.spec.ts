import type { Entry } from '@hubbub/protocol';
import type { Person } from '../testing/api';
import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import { newKey, type RawClient } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();

let owner: Person;
beforeAll(async () => {
  owner = await bed().api.account();
});

async function joined(gateway: number, room: string, who?: Person): Promise<RawClient> {
  const client = await bed().open(gateway, who ? { token: who.token } : {});
  await client.ok('join', { room });
  return client;
}

/** Whether an answer that was asked for now, at any gateway and in any way, has the text. */
async function isGivenOut(text: string, room: string, clients: RawClient[]): Promise<boolean> {
  const answers = await Promise.all([
    ...clients.flatMap((client) => [
      client.ok('join', { room }),
      client.ok('join', { room, after: 0 }),
      client.ok('history', { room }),
      client.ok('history', { room, after: 0, limit: 200 }),
    ]),
    ...[0, 1, 2].map((gateway) =>
      fetch(`${bed().at(gateway)}/api/rooms/${room}/entries`).then((it) => it.json()),
    ),
  ]);
  return JSON.stringify(answers).includes(text);
}

describe('delete', () => {
  it('G9, P13: after its ok no gateway gives the text out, live, in history or to who joins', async () => {
    const room = await bed().api.room(owner);
    const author = await bed().api.guest();
    const speaker = await joined(0, room, author);
    const keeper = await joined(2, room, owner);
    const others = await Promise.all([0, 1, 2].map((gateway) => joined(gateway, room)));
    const views = await Promise.all(
      [0, 1, 2].map(async (gateway) => LogView.follow(await bed().open(gateway), room)),
    );
    for (let i = 0; i < 5; i++) {
      const text = `secret-${String(i)}`;
      const { seq, at } = await speaker.say(room, text);
      await waitFor(() => views.every(({ cursor }) => cursor >= seq), { what: 'it is seen' });
      const { seq: deletedAt } = await keeper.ok('delete', { room, seq });
      expect(deletedAt).toBeGreaterThan(seq);
      expect(await isGivenOut(text, room, others)).toBe(false);
      await waitFor(() => views.every(({ cursor }) => cursor >= deletedAt), { what: 'it is told' });
      const user = { id: author.id, name: author.name };
      const { entries } = await others[1]!.ok('history', { room, before: seq + 1, limit: 1 });
      expect(entries).toEqual([{ seq, at, kind: 'message', user, withdrawn: true }]);
      for (const view of views) {
        expect(view.entries.get(deletedAt)).toMatchObject({
          kind: 'delete',
          target: seq,
          by: owner.id,
        });
      }
    }
    expect((await keeper.refused('delete', { room, seq: 1 })).code).toBe('not_found');
    expect((await keeper.refused('delete', { room, seq: 9_999 })).code).toBe('not_found');
  });

  it('is for the author and who keeps order', async () => {
    const room = await bed().api.room(owner);
    const author = await joined(0, room, await bed().api.guest());
    const other = await joined(1, room, await bed().api.guest());
    const { seq } = await author.say(room, 'mine');
    expect((await other.refused('delete', { room, seq })).code).toBe('forbidden');
    const nobody = await joined(1, room);
    expect((await nobody.refused('delete', { room, seq })).code).toBe('forbidden');
    await author.ok('delete', { room, seq });
  });
});

describe('mute', () => {
  it('G9: from its place in the log on nothing of that user follows, however they race at other gateways', async () => {
    const room = await bed().api.room(owner);
    const keeper = await joined(0, room, owner);
    const loud = await bed().api.bot();
    const speakers = await Promise.all(
      [0, 1, 1, 2, 2].map((gateway) => joined(gateway, room, loud)),
    );
    const view = await LogView.follow(await bed().open(1), room);
    for (let round = 0; round < 5; round++) {
      const race = { isOn: true };
      const codes = new Set<string>();
      const racing = speakers.map(async (speaker) => {
        // The last one of each is sent after the ok of the mute.
        for (let isLast = false; !isLast;) {
          isLast = !race.isOn;
          const data = { room, key: newKey(), text: `round ${String(round)}` };
          const reply = await speaker.insist({ event: 'send', data });
          if (reply.event === 'error') codes.add(reply.data.code);
        }
      });
      const started = view.cursor;
      await waitFor(() => view.cursor > started + 20, { what: 'they talk' });
      const muted = await keeper.ok('mute', { room, user: loud.id, seconds: 600, reason: 'loud' });
      race.isOn = false;
      await Promise.all(racing);
      expect([...codes]).toEqual(['muted']);
      const { seq } = await keeper.say(room, 'and now?');
      await waitFor(() => view.cursor >= seq, { what: 'it is seen' });
      const after = (entry: Entry) => entry.seq > muted.seq && entry.kind === 'message';
      const authors = [...view.entries.values()].filter(after).map((it) => 'user' in it && it.user);
      expect(authors).toMatchObject([{ id: owner.id }]);
      const you = (await speakers[1]!.ok('join', { room })).you;
      expect(you.mutedUntil).toBeGreaterThan(Date.now() + 500_000);
      const unmuted = await keeper.ok('unmute', { room, user: loud.id });
      expect(unmuted.seq).toBeGreaterThan(seq);
      const free = speakers.map((it) =>
        waitFor(() => it.say(room, 'free'), { what: 'they may speak' }),
      );
      await Promise.all(free);
    }
    view.assertSound();
  });

  it('ends by itself', async () => {
    const room = await bed().api.room(owner);
    const keeper = await joined(0, room, owner);
    const guest = await bed().api.guest();
    const speaker = await joined(1, room, guest);
    // Again where it was over before the machine came to it.
    const { seq, error } = await waitFor(
      async () => {
        const muted = await keeper.ok('mute', { room, user: guest.id, seconds: 1 });
        const refused = await speaker.refused('send', { room, key: newKey(), text: 'x' });
        return { seq: muted.seq, error: refused };
      },
      { what: 'who is muted is refused' },
    );
    expect(error.code).toBe('muted');
    expect(error.retryAfterMs).toBeGreaterThan(0);
    const said = await waitFor(() => speaker.say(room, 'again'), {
      what: 'the mute ends',
      everyMs: 100,
    });
    expect(said.seq).toBeGreaterThan(seq);
  });

  it('is for who keeps order, and not against them', async () => {
    const { api } = bed();
    const room = await api.room(owner);
    const [moderator, guest] = [await api.account(), await api.guest()];
    const path = `/api/rooms/${room}/members/${moderator.id}`;
    const client = await joined(1, room, moderator);
    const mute = { room, user: guest.id };
    expect((await client.refused('mute', mute)).code).toBe('forbidden');
    await api.must('PUT', path, { token: owner.token, body: { role: 'moderator' } });
    await client.ok('mute', mute);
    expect((await client.refused('mute', { room, user: owner.id })).code).toBe('forbidden');
    await api.must('DELETE', path, { token: owner.token });
    expect((await client.refused('unmute', mute)).code).toBe('forbidden');
  });
});

describe('slow mode', () => {
  it('counts over gateways, lets who keeps order through, and answers a repeated key', async () => {
    const { api } = bed();
    const slowModeMs = 2_500;
    const room = await api.room(owner, { slowModeMs });
    const guest = await api.guest();
    const [a, b] = [await joined(0, room, guest), await joined(1, room, guest)];
    // Again where the time was over before the machine came to the second.
    const { key, began, first, refused } = await waitFor(
      async () => {
        const key = newKey();
        const began = performance.now();
        const first = await a.ok('send', { room, key, text: 'one' });
        const refused = await b.refused('send', { room, key: newKey(), text: 'two' });
        return { key, began, first, refused };
      },
      { what: 'the second is refused', everyMs: 100 },
    );
    expect(refused.code).toBe('slow_mode');
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(slowModeMs);
    expect(await b.ok('send', { room, key, text: 'one' })).toMatchObject({
      seq: first.seq,
      duplicate: true,
    });
    const keeper = await joined(2, room, owner);
    await keeper.say(room, 'I may');
    await keeper.say(room, 'and again');
    const next = await waitFor(() => b.say(room, 'two'), {
      what: 'the time is over',
      everyMs: 100,
    });
    expect(next.seq).toBeGreaterThan(first.seq);
    expect(performance.now() - began).toBeGreaterThanOrEqual(slowModeMs - 100);
  });

  it('lets one of two through that come at once, and everybody when it is off', async () => {
    const { api } = bed();
    const room = await api.room(owner, { slowModeMs: 60_000 });
    const guest = await api.guest();
    const clients = await Promise.all([0, 1, 2].map((gateway) => joined(gateway, room, guest)));
    const replies = await Promise.all(
      clients.map((it) => it.insist({ event: 'send', data: { room, key: newKey(), text: 'me' } })),
    );
    expect(replies.map(({ event }) => event).sort()).toEqual(['error', 'error', 'ok']);
    await api.patch(owner, room, { slowModeMs: 0 });
    for (const client of clients)
      await waitFor(() => client.say(room, 'and now?'), { what: 'slow mode is off' });
  });
});

describe('a room that changes', () => {
  it('tells everybody at its place in the log', async () => {
    const { api } = bed();
    const room = await api.room(owner);
    const views = await Promise.all(
      [0, 1, 2].map(async (gateway) => LogView.follow(await bed().open(gateway), room)),
    );
    await api.patch(owner, room, { state: 'live', title: 'On air' });
    await waitFor(() => views.every(({ cursor }) => cursor > 0), { what: 'it is told' });
    for (const view of views) {
      const changes = [...view.entries.values()];
      expect(Object.assign({}, ...changes)).toMatchObject({
        kind: 'room',
        state: 'live',
        title: 'On air',
      });
    }
    const { room: description } = await (await bed().open(1)).ok('join', { room });
    expect(description).toMatchObject({ state: 'live', title: 'On air', owner: { id: owner.id } });
  });
});

describe('private rooms', () => {
  it('G10: are for their members alone, at every door', async () => {
    const { api } = bed();
    const room = await api.room(owner, { visibility: 'private' });
    const keeper = await joined(0, room, owner);
    await keeper.say(room, 'among us');
    const stranger = await api.account();
    for (const [gateway, who] of [
      [0, undefined],
      [1, stranger],
    ] as const) {
      const client = await bed().open(gateway, who ? { token: who.token } : {});
      for (const event of ['join', 'history']) {
        expect((await client.refused(event, { room })).code).toBe('forbidden');
      }
      const call = who ? { token: who.token } : {};
      for (const path of [`/api/rooms/${room}`, `/api/rooms/${room}/entries`]) {
        expect((await api.call('GET', path, call)).status).toBeGreaterThanOrEqual(403);
      }
      const listed = await api.must('GET', '/api/rooms?limit=100', call);
      expect(JSON.stringify(listed)).not.toContain(room);
    }
    await api.must('PUT', `/api/rooms/${room}/members/${stranger.id}`, {
      token: owner.token,
      body: { role: 'member' },
    });
    const member = await waitFor(() => joined(1, room, stranger), { what: 'a member may join' });
    await member.say(room, 'thank you');
  });

  it('G10: who is a member no more is given nothing more', async () => {
    const { api } = bed();
    const room = await api.room(owner, { visibility: 'private' });
    const guest = await api.account();
    const path = `/api/rooms/${room}/members/${guest.id}`;
    await api.must('PUT', path, { token: owner.token, body: { role: 'member' } });
    const member = await joined(1, room, guest);
    await api.must('DELETE', path, { token: owner.token });
    // The gateway may also close the connection, which then may not join again.
    await waitFor(
      async () =>
        member.close ?? (await member.ask({ event: 'history', data: { room } })).event === 'error',
      { what: 'history is closed', everyMs: 100 },
    );
    const again = await bed().open(1, { token: guest.token });
    expect((await again.refused('join', { room })).code).toBe('forbidden');
    const keeper = await joined(0, room, owner);
    const { seq } = await keeper.say(room, 'now we can talk');
    const watching = await LogView.follow(await bed().open(1, { token: owner.token }), room);
    await waitFor(() => watching.cursor >= seq, { what: 'it is given out at that gateway' });
    expect(JSON.stringify(member.logs(room))).not.toContain('now we can talk');
  });

  it('a room of two is not even there for others', async () => {
    const { api } = bed();
    const friend = await api.account();
    const made = await api.must('POST', '/api/direct', {
      token: owner.token,
      body: { user: friend.id },
    });
    const { slug: room } = made as { slug: string };
    expect(room).toMatch(/^~/);
    const [a, b] = [await joined(0, room, owner), await joined(1, room, friend)];
    const { seq } = await a.say(room, 'just us');
    await waitFor(() => b.logs(room).some(({ to }) => to >= seq), { what: 'the friend has it' });
    const stranger = await bed().open(2, { token: (await api.account()).token });
    for (const event of ['join', 'history']) {
      expect((await stranger.refused(event, { room })).code).toBe('not_found');
    }
  });
});
