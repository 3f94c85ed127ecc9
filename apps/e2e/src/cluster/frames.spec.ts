import { CLOSE_CODES, LIMITS, REPLIES, SUBPROTOCOL } from '@hubbub/protocol';
import { unique, type Person } from '../testing/api';
import { useCluster } from '../testing/bed';
import { RawClient, newKey } from '../testing/raw-client';
import { waitFor } from '../testing/wait-for';

jest.setTimeout(60_000);
const bed = useCluster();
let owner: Person;
let room: string;
beforeAll(async () => {
  owner = await bed().api.account();
  room = await bed().api.room(owner);
});

describe('the upgrade', () => {
  it('P1: echoes the subprotocol if it is offered, and does not need it', async () => {
    const offered = await bed().open(0);
    const among = await bed().open(0, { protocols: ['other', SUBPROTOCOL] });
    const none = await bed().open(0, { protocols: [] });
    expect([offered, among, none].map(({ ws }) => ws.protocol)).toEqual([
      SUBPROTOCOL,
      SUBPROTOCOL,
      '',
    ]);
  });

  it('P1: is at /ws and nowhere else', async () => {
    for (const path of ['/', '/wss', '/ws/more', '/api/rooms']) {
      await expect(RawClient.refusal(bed().at(0), { path })).resolves.toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    }
  });

  it('P2: knows the caller by cookie, bearer token and query, and answers a bad one 401', async () => {
    const { token, id } = await bed().api.guest();
    for (const by of ['bearer', 'query', 'cookie'] as const) {
      const client = await bed().open(1, { token, by });
      expect(client.welcome.user).toMatchObject({ id, role: 'guest' });
      const bad = await RawClient.refusal(bed().at(1), { token: `${token}x`, by });
      expect(bad).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });

  it('P3: refuses a page of another origin with 403, through Nginx too', async () => {
    const { cluster } = bed();
    for (const url of [cluster.gateway(0), cluster.url]) {
      for (const origin of ['https://elsewhere.example', 'null', `${url}0`]) {
        await expect(RawClient.refusal(url, { origin })).resolves.toMatchObject({
          status: 403,
          body: { code: 'forbidden' },
        });
      }
      const own = await RawClient.open(url, { origin: url });
      own.drop();
    }
  });

  it('P4: begins with a welcome', async () => {
    const clients = await Promise.all([0, 1, 2].map((gateway) => bed().open(gateway)));
    expect(clients.map(({ welcome }) => welcome.gateway)).toEqual([
      'gateway-1',
      'gateway-2',
      'gateway-3',
    ]);
    for (const { welcome } of clients) {
      expect(welcome).toMatchObject({
        user: null,
        heartbeatMs: 25_000,
        limits: { frameBytes: 16_384, textChars: 200, rooms: 50 },
      });
      expect(Math.abs(welcome.now - Date.now())).toBeLessThan(5_000);
    }
    expect(new Set(clients.map(({ welcome }) => welcome.connection)).size).toBe(3);
  });

  it('P2: ends with the session, on every gateway', async () => {
    const { token } = await bed().api.guest();
    const clients = await Promise.all([0, 1].map((gateway) => bed().open(gateway, { token })));
    await bed().api.must('DELETE', '/api/sessions', { token });
    for (const client of clients) {
      expect((await client.closed()).code).toBe(CLOSE_CODES.sessionEnded.code);
    }
    await waitFor(async () => (await RawClient.refusal(bed().at(2), { token })).status === 401, {
      what: 'the third gateway knows as well',
    });
  });
});

describe('frames', () => {
  it('P1: a binary frame closes 1003', async () => {
    const client = await bed().open(0);
    client.raw(Buffer.from('{"event":"ping","id":1}'));
    expect((await client.closed()).code).toBe(CLOSE_CODES.notText.code);
  });

  it('P1: 16 KiB are taken, one byte more closes 1009', async () => {
    const client = await bed().open(0);
    const frame = (bytes: number) => {
      const empty = JSON.stringify({ event: 'ping', id: 900, data: { pad: '' } });
      return JSON.stringify({
        event: 'ping',
        id: 900,
        data: { pad: 'x'.repeat(bytes - empty.length) },
      });
    };
    client.raw(frame(LIMITS.frameBytes));
    await waitFor(() => client.replies.some(({ id }) => id === 900), { what: 'the answer' });
    client.raw(frame(LIMITS.frameBytes + 1));
    expect((await client.closed()).code).toBe(CLOSE_CODES.tooLarge.code);
  });

  it('P5: a ping is answered with the time', async () => {
    const client = await bed().open(0);
    const { now } = await client.ok('ping', {});
    expect(Math.abs(now - Date.now())).toBeLessThan(5_000);
  });

  it.each([
    ['not JSON', '{"event":"ping"', { id: null, code: 'bad_frame' }],
    ['nothing', '', { id: null, code: 'bad_frame' }],
    ['no object', '[1]', { id: null, code: 'bad_frame' }],
    ['null', 'null', { id: null, code: 'bad_frame' }],
    ['a number', '7', { id: null, code: 'bad_frame' }],
    [
      'an event that there is not',
      '{"event":"shout","id":3,"data":{}}',
      { id: 3, code: 'unknown_event' },
    ],
    ['no event', '{"id":3,"data":{}}', { id: 3, code: 'unknown_event' }],
    [
      'an event of the prototype',
      '{"event":"constructor","id":3}',
      { id: 3, code: 'unknown_event' },
    ],
    ['no id', '{"event":"ping","data":{}}', { id: null, code: 'invalid', field: 'id' }],
    [
      'an id of text',
      '{"event":"ping","id":"3","data":{}}',
      { id: null, code: 'invalid', field: 'id' },
    ],
    [
      'an id that is not whole',
      '{"event":"ping","id":3.5}',
      { id: null, code: 'invalid', field: 'id' },
    ],
    [
      'an id that JSON cannot hold',
      '{"event":"ping","id":1e400}',
      { id: null, code: 'invalid', field: 'id' },
    ],
    ['no data', '{"event":"join","id":3}', { id: 3, code: 'invalid', field: 'room' }],
    [
      'data that is no object',
      '{"event":"join","id":3,"data":7}',
      { id: 3, code: 'invalid', field: 'data' },
    ],
    [
      'a slug that is none',
      '{"event":"join","id":3,"data":{"room":"A B"}}',
      { id: 3, code: 'invalid', field: 'room' },
    ],
    [
      'a negative cursor',
      '{"event":"join","id":3,"data":{"room":"a","after":-1}}',
      { id: 3, code: 'invalid', field: 'after' },
    ],
    [
      'a short key',
      '{"event":"send","id":3,"data":{"room":"a","key":"short","text":"x"}}',
      { id: 3, code: 'invalid', field: 'key' },
    ],
    [
      'empty text',
      '{"event":"send","id":3,"data":{"room":"a","key":"12345678","text":"  "}}',
      { id: 3, code: 'invalid', field: 'text' },
    ],
    [
      'a colour that is none',
      '{"event":"send","id":3,"data":{"room":"a","key":"12345678","text":"x","danmaku":{"mode":"scroll","color":"red","size":"normal"}}}',
      { id: 3, code: 'invalid', field: 'danmaku.color' },
    ],
    [
      'a page that is too long',
      '{"event":"history","id":3,"data":{"room":"a","limit":201}}',
      { id: 3, code: 'invalid', field: 'limit' },
    ],
    [
      'a page in two directions',
      '{"event":"history","id":3,"data":{"room":"a","before":3,"after":1}}',
      { id: 3, code: 'invalid', field: 'after' },
    ],
    [
      'too many likes',
      '{"event":"like","id":3,"data":{"room":"a","count":21}}',
      { id: 3, code: 'invalid', field: 'count' },
    ],
  ])('P7, G10: %s gets a coded error', async (_, text, { id, ...error }) => {
    const client = await bed().open(0);
    client.raw(text);
    await waitFor(() => client.replies.length > 0, { what: 'an answer' });
    expect(client.replies).toMatchObject([{ event: 'error', id, data: error }]);
    await expect(client.ok('ping', {})).resolves.toHaveProperty('now');
  });

  it('P7: twenty bad ones in a minute close 4400, nineteen do not', async () => {
    const client = await bed().open(0);
    for (let i = 0; i < LIMITS.badFramesPerMinute - 1; i++) client.raw('bad');
    await client.ok('ping', {});
    expect(client.replies).toHaveLength(LIMITS.badFramesPerMinute);
    client.raw('{"event":"shout","id":900,"data":{}}');
    expect((await client.closed()).code).toBe(CLOSE_CODES.badFrames.code);
    expect(client.replies).toHaveLength(LIMITS.badFramesPerMinute + 1);
  });

  it('P7: requests of a room are answered in the order in which they came', async () => {
    const client = await bed().open(0, { token: (await bed().api.bot()).token });
    const ask = (event: string, data: object) => client.ask({ event, data });
    const asked = [ask('join', { room })];
    for (let i = 0; i < 30; i++) {
      asked.push(ask('send', { room, key: newKey(), text: `in order ${String(i)}` }));
      if (i % 7 === 0)
        asked.push(ask('history', { room, limit: 5 }), ask('read', { room, seq: 1 }));
    }
    // No send: one that has waited for long is refused for that.
    asked.push(ask('leave', { room }), ask('typing', { room }));
    const replies = await Promise.all(asked);
    expect(client.replies.map(({ id }) => id)).toEqual(replies.map(({ id }) => id));
    expect(replies.at(-1)).toMatchObject({ event: 'error', data: { code: 'not_joined' } });
    const sent = replies.flatMap(({ data }) => REPLIES.send.safeParse(data).data?.seq ?? []);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
  });
});

describe('what is refused', () => {
  it('a room that there is not', async () => {
    const client = await bed().open(0);
    for (const event of ['join', 'history']) {
      const error = await client.refused(event, { room: `no-${unique()}` });
      expect(error.code).toBe('not_found');
    }
  });

  it('the fifty-first room of one connection, until one is left', async () => {
    const { api } = bed();
    const maker = await bed().api.account();
    const more = await bed().api.account();
    const rooms = await Promise.all(
      Array.from({ length: LIMITS.rooms + 1 }, (_, i) => api.room(i < 26 ? maker : more)),
    );
    const client = await bed().open(1);
    const last = rooms.at(-1) ?? '';
    await Promise.all(rooms.slice(0, -1).map((it) => client.ok('join', { room: it })));
    expect((await client.refused('join', { room: last })).code).toBe('too_many_rooms');
    // One that is joined already is no further one.
    await client.ok('join', { room: rooms[0] ?? '' });
    await client.ok('leave', { room: rooms[0] ?? '' });
    await client.ok('join', { room: last });
  });

  it('a send by nobody, to a room not joined, too long, too fast', async () => {
    const nobody = await bed().open(0);
    await nobody.ok('join', { room });
    const send = { room, key: newKey(), text: 'hello' };
    expect((await nobody.refused('send', send)).code).toBe('unauthenticated');
    const guest = await bed().open(0, { token: (await bed().api.guest()).token });
    expect((await guest.refused('send', send)).code).toBe('not_joined');
    await guest.ok('join', { room });
    const long = { ...send, text: '弹'.repeat(LIMITS.textChars + 1) };
    expect(await guest.refused('send', long)).toMatchObject({ code: 'too_long', field: 'text' });
    await guest.ok('send', { ...send, text: '幕'.repeat(LIMITS.textChars) });
    const burst = await Promise.all(
      Array.from({ length: 30 }, () =>
        guest.ask({ event: 'send', data: { ...send, key: newKey() } }),
      ),
    );
    const refused = burst.flatMap((it) => (it.event === 'error' ? it.data : []));
    // A gateway that was held up may refuse some for that.
    expect(['rate_limited', 'unavailable']).toEqual(
      expect.arrayContaining(refused.map(({ code }) => code)),
    );
    expect(refused.filter(({ code }) => code === 'rate_limited').length).toBeGreaterThan(0);
    for (const error of refused) expect(error.retryAfterMs).toBeGreaterThan(0);
  });
});

describe('compression', () => {
  it('is negotiated or not, and both see the same', async () => {
    const bot = await bed().api.bot();
    const writer = await bed().open(0, { token: bot.token });
    const [plain, deflated] = await Promise.all([
      bed().open(1, { deflate: false }),
      bed().open(1, { deflate: true }),
    ]);
    expect(plain.ws.extensions).toBe('');
    expect(deflated.ws.extensions).toContain('permessage-deflate');
    for (const client of [writer, plain, deflated]) await client.ok('join', { room });
    const before = { plain: plain.logs(room).length, deflated: deflated.logs(room).length };
    const sent = await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        writer.say(room, `压缩 ${String(i)} ${'compress '.repeat(15)}`),
      ),
    );
    const last = Math.max(...sent.map(({ seq }) => seq));
    const seen = (client: RawClient, from: number) =>
      client
        .logs(room)
        .slice(from)
        .flatMap(({ entries }) => entries);
    await waitFor(
      () =>
        [seen(plain, before.plain), seen(deflated, before.deflated)].every(
          (it) => it.at(-1)?.seq === last,
        ),
      { what: 'both have the last message' },
    );
    expect(seen(deflated, before.deflated)).toEqual(seen(plain, before.plain));
  });
});
