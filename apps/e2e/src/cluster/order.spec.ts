import { useCluster } from '../testing/bed';
import { LogView } from '../testing/log-view';
import { newKey } from '../testing/raw-client';
import { talk } from '../testing/talk';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();

describe('one order', () => {
  it('G2: is the same for everybody, whichever gateway they read and write at', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const readers = await Promise.all([0, 1, 2, 0, 1, 2].map((gateway) => bed().open(gateway)));
    const views = await Promise.all(readers.map((it) => LogView.follow(it, room, 0)));
    const writers = await Promise.all(
      Array.from({ length: 9 }, async (_, i) => {
        const client = await bed().open(i % 3, { token: (await api.bot()).token });
        await client.ok('join', { room });
        return client;
      }),
    );
    const count = 60;
    const said = await Promise.all(
      writers.map((client, i) => talk(client, room, { count, name: `writer ${String(i)}` })),
    );
    const all = said.flat();
    const head = all.length;
    expect(all.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: head }, (_, i) => i + 1),
    );
    await waitFor(() => views.every(({ cursor }) => cursor === head), {
      what: 'all have seen all',
    });
    for (const [i, view] of views.entries()) {
      await view.fillIn(readers[i]!, room);
      view.assertComplete(1, head);
      view.assertAgrees(views[0]!);
      for (const { seq, text } of all) expect(view.entries.get(seq)).toMatchObject({ text });
    }
    // Who waits for each ok is never overtaken by themselves.
    for (const own of said) {
      expect(own.map(({ seq }) => seq)).toEqual(own.map(({ seq }) => seq).sort((a, b) => a - b));
    }
    const late = await LogView.follow(await bed().open(2), room);
    late.assertAgrees(views[0]!);
  });

  it('P14: a message comes to its sender in the form in which all get it, without the key', async () => {
    const { api } = bed();
    const owner = await api.account();
    const room = await api.room(owner);
    const sender = await bed().open(0, { token: owner.token });
    const other = await bed().open(1);
    const views = await Promise.all([sender, other].map((it) => LogView.follow(it, room)));
    const danmaku = { mode: 'top', color: '#ff8800', size: 'large' } as const;
    const first = await sender.say(room, 'the first');
    const { seq, at, key } = await sender.ok('send', {
      room,
      key: newKey(),
      text: '  e\u0301\u202eabc\n ',
      danmaku,
      replyTo: first.seq,
    });
    await waitFor(() => views.every((it) => it.entries.has(seq)), { what: 'both have it' });
    const user = { id: owner.id, name: owner.name, role: 'owner' };
    const text = 'é abc';
    for (const view of views) {
      expect(view.entries.get(seq)).toEqual({
        seq,
        at,
        kind: 'message',
        user,
        text,
        danmaku,
        replyTo: first.seq,
      });
      expect(JSON.stringify(view.entries.get(seq))).not.toContain(key);
    }
    views[0]!.assertAgrees(views[1]!);
  });

  it('P11: who leaves gets nothing more, and who joins again gets each entry once', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const writer = await bed().open(0, { token: (await api.bot()).token });
    await writer.ok('join', { room });
    const [reader, stays] = await Promise.all([1, 1].map((gateway) => bed().open(gateway)));
    const view = await LogView.follow(reader!, room);
    const other = await LogView.follow(stays!, room);
    const { seq } = await writer.say(room, 'before');
    await waitFor(() => view.cursor === seq, { what: 'it is seen' });
    await reader!.ok('leave', { room });
    const frames = reader!.logs(room).length;
    const away = await writer.say(room, 'away');
    await waitFor(() => other.cursor === away.seq, { what: 'who stays has it' });
    const again = await LogView.follow(reader!, room, seq);
    expect(again.texts()).toEqual(['away']);
    expect(reader!.logs(room)).toHaveLength(frames);
    const back = await writer.say(room, 'back');
    await waitFor(() => again.cursor === back.seq, { what: 'it is seen' });
    again.assertComplete(away.seq, back.seq);
  });
});

describe('joins that come at once to a room that a gateway has not open', () => {
  it('G3: are all given what follows', async () => {
    const { api } = bed();
    const owner = await api.account();
    const clients = await Promise.all(
      Array.from({ length: 40 }, () => bed().open(0, { token: owner.token })),
    );
    for (let round = 0; round < 10; round++) {
      const room = await api.room(owner);
      const views = await Promise.all(clients.map((it) => LogView.follow(it, room, 0)));
      const { seq } = await clients[0]!.say(room, 'everybody here?');
      await waitFor(() => views.every(({ cursor }) => cursor >= seq), { what: 'all have it' });
      for (const view of views) view.assertComplete(1, seq);
      await Promise.all(clients.map((it) => it.ok('leave', { room })));
    }
  });
});

describe('one key, one message', () => {
  it('G4: sent to two gateways at once, and again later, it is in the log once', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const { token } = await api.bot();
    const clients = await Promise.all([0, 1, 2].map((gateway) => bed().open(gateway, { token })));
    for (const client of clients) await client.ok('join', { room });
    let last = 0;
    for (let i = 0; i < 40; i++) {
      const send = { room, key: newKey(), text: `once ${String(i)}` };
      const replies = await Promise.all(
        [...clients, ...clients].map((client) => client.ok('send', send)),
      );
      expect(new Set(replies.map(({ seq }) => seq)).size).toBe(1);
      expect(new Set(replies.map(({ at }) => at)).size).toBe(1);
      expect(replies.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      const later = await clients[i % 3]!.ok('send', { ...send, text: 'another text' });
      expect(later).toEqual({
        seq: replies[0]!.seq,
        at: replies[0]!.at,
        key: send.key,
        duplicate: true,
      });
      last = later.seq;
    }
    const view = await LogView.follow(clients[0]!, room, 0);
    await waitFor(() => view.cursor >= last, { what: 'all is seen' });
    expect(view.texts()).toEqual(Array.from({ length: 40 }, (_, i) => `once ${String(i)}`));
  });

  it('G4: among many in one batch the repeated ones alone are duplicates', async () => {
    const { api } = bed();
    const room = await api.room(await api.account());
    const { token } = await api.bot();
    const clients = await Promise.all([0, 1].map((gateway) => bed().open(gateway, { token })));
    for (const client of clients) await client.ok('join', { room });
    const keys = Array.from({ length: 200 }, newKey);
    const sends = clients.flatMap((client) =>
      keys.map((key) => client.ok('send', { room, key, text: key })),
    );
    const replies = await Promise.all(sends);
    expect(replies.filter(({ duplicate }) => !duplicate)).toHaveLength(keys.length);
    const view = await LogView.follow(await bed().open(0), room, 0);
    await waitFor(() => view.cursor >= keys.length, { what: 'all is seen' });
    expect([...view.texts()].sort()).toEqual([...keys].sort());
    view.assertComplete(1, keys.length);
  });

  it('P8: the same key of somebody else, or in another room, is another message', async () => {
    const { api } = bed();
    const owner = await api.account();
    const rooms = [await api.room(owner), await api.room(owner)];
    const key = newKey();
    for (const who of [owner, await api.guest()]) {
      const client = await bed().open(0, { token: who.token });
      for (const room of rooms) {
        await client.ok('join', { room });
        expect(await client.ok('send', { room, key, text: 'mine' })).not.toHaveProperty(
          'duplicate',
        );
      }
    }
  });

  it('P8: over HTTP it is the same', async () => {
    const { api } = bed();
    const owner = await api.account();
    const room = await api.room(owner);
    const message = { key: newKey(), text: 'over http' };
    const path = `/api/rooms/${room}/messages`;
    const first = await api.must('POST', path, { token: owner.token, body: message });
    expect(first).not.toHaveProperty('duplicate');
    const client = await bed().open(2, { token: owner.token });
    await client.ok('join', { room });
    const again = await client.ok('send', { room, ...message });
    expect(again).toEqual({ ...(first as object), duplicate: true });
  });
});
